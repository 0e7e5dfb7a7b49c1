// A real OpenID Connect provider as a process of its own. Its sign-in page takes any password. Started by
// oidc-provider.ts, which tells it who there is; it ends with the one who started it.
import type { AddressInfo } from "node:net";
import { type FindAccount, Provider } from "oidc-provider";
import type { ProviderSetup, ToProvider } from "./oidc-provider.ts";

const setup = JSON.parse(process.argv[2] ?? "{}") as ProviderSetup;
let people = setup.people;

const findAccount: FindAccount = (_context, sub) => {
  const claims = people[sub];
  return claims === undefined ? undefined : { accountId: sub, claims: () => ({ sub, ...claims }) };
};

const provider = new Provider(setup.issuer, {
  clients: [
    {
      client_id: setup.clientId,
      client_secret: setup.clientSecret,
      redirect_uris: setup.redirectUris,
      post_logout_redirect_uris: setup.signedOutUris,
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  findAccount,
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  features: { rpInitiatedLogout: { enabled: true } },
});
// What the test's proxy in front says of the address that the browser asked for.
provider.proxy = true;

const server = provider.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on("message", (message: ToProvider) => {
  people = message.people;
  process.send?.({ changed: true });
});
process.on("disconnect", () => process.exit(0));
