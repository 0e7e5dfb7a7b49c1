// The package has no types of its own; this is the part that the test provider uses.
declare module "oidc-provider" {
  import type { Server } from "node:http";

  interface Account {
    accountId: string;
    claims(): Record<string, unknown> & { sub: string };
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    proxy: boolean;
    listen(port: number, host: string, ready: () => void): Server;
  }
  export type FindAccount = (context: unknown, sub: string) => Account | undefined;
}
