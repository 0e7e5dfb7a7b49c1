export const storeErrorCodes = ["in-use", "not-writable", "newer-schema", "damaged", "write-failed"] as const;
export type StoreErrorCode = (typeof storeErrorCodes)[number];

/** The message is one sentence for the operator: what, where, what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreError";
    this.code = code;
  }
}
