import type { SignInProblem } from "#lib/auth/sign-in-problems.ts";

/** A sign-in that failed for a reason that the person is told by `code`; `cause` is for the log. */
export class SignInFault extends Error {
  readonly code: SignInProblem;
  constructor(code: SignInProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SignInFault";
    this.code = code;
  }
}
