import { assertEquals } from "@std/assert";
import { tellOnce } from "../../src/profile/profile.ts";

Deno.test("tellOnce tells a text once while it keeps coming, and forgets what has not come for long", () => {
  const told: string[] = [];
  const tell = tellOnce((text) => told.push(text));
  tell("rare");
  tell("steady");
  for (let n = 0; n < 1000; n++) {
    tell(`worker ${n} is left out`);
    tell("steady");
  }
  assertEquals(told.filter((text) => text === "steady").length, 1);
  assertEquals(told.length, 1002);
  tell("worker 999 is left out");
  assertEquals(told.length, 1002);
  tell("rare");
  assertEquals(told.at(-1), "rare");
  assertEquals(told.length, 1003);
});

Deno.test("tellOnce tells again what could not be told", () => {
  const told: string[] = [];
  let full = true;
  const tell = tellOnce((text) => {
    if (full) throw new Error("no space left");
    told.push(text);
  });
  tell("a");
  full = false;
  tell("a");
  tell("a");
  assertEquals(told, ["a"]);
});
