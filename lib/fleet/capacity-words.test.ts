import { expect, test } from "vitest";
import { capacityWarning } from "./capacity-words.ts";

const whole = { takingNewUsers: 4, capacity: 4, minimum: 2, onBackups: false };

test("a backend with room needs no words", () => {
  expect(capacityWarning(whole)).toBe("");
  expect(capacityWarning({ ...whole, takingNewUsers: 3 })).toBe("");
});

test("at and below the minimum are told apart", () => {
  expect(capacityWarning({ ...whole, takingNewUsers: 2 })).toBe("At its minimum of 2");
  expect(capacityWarning({ ...whole, takingNewUsers: 1 })).toBe("Below its minimum of 2");
});

test("a whole backend is not warned about, however high its minimum", () => {
  expect(capacityWarning({ ...whole, minimum: 4 })).toBe("");
});

test("nobody left is the most serious, unless backups help", () => {
  expect(capacityWarning({ ...whole, takingNewUsers: 0 })).toBe("No server takes new users");
  expect(capacityWarning({ ...whole, takingNewUsers: 0, onBackups: true })).toBe("Only backups take new users");
});

test("a backend of backups only has no capacity to warn about", () => {
  expect(capacityWarning({ ...whole, takingNewUsers: 0, capacity: 0, minimum: 0 })).toBe("");
});
