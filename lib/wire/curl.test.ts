import { expect, test } from "vitest";
import { curlSetState } from "./curl.ts";

test("a line for a shell, with the token from the environment", () => {
  expect(curlSetState("https://lb.example.net", "APP:1/SRV1", "drain")).toBe(
    'curl -X PUT -H "Authorization: Bearer $DRAINBOARD_TOKEN" -H "Content-Type: application/json" ' +
      `-d '{"adminState":"drain"}' 'https://lb.example.net/api/v1/servers/APP%3A1/SRV1/admin-state'`,
  );
});
