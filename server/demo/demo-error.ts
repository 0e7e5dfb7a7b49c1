/** Something the person at the terminal can put right: printed as its sentence, exit code 2. */
export class DemoError extends Error {
  readonly code = "demo";
  constructor(message: string) {
    super(message);
    this.name = "DemoError";
  }
}
