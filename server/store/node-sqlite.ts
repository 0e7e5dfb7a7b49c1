// node:sqlite in the shape that Kysely's SqliteDialect expects (better-sqlite3's).
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { SqliteDatabase } from "kysely";

export function nodeSqlite(db: DatabaseSync): SqliteDatabase {
  return {
    close: () => db.close(),
    prepare(text) {
      const statement = db.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...checked(parameters)),
        run: (parameters) => statement.run(...checked(parameters)),
        iterate: (parameters) => statement.iterate(...checked(parameters)),
      };
    },
  };
}

/**
 * node:sqlite takes an object as first parameter for a set of named ones and shifts the rest without an error: a row
 * would be stored wrong. Only values that SQLite knows pass.
 */
function checked(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
      return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    if (value instanceof Uint8Array) return value;
    throw new TypeError(
      `cannot store a ${value instanceof Date ? "Date (use epoch milliseconds)" : typeof value} in SQLite`,
    );
  });
}
