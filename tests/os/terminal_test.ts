import { assertEquals } from "@std/assert";
import { handTerminalOver, isTerminalHandedOver } from "../../src/os/terminal.ts";
import { eventually } from "../support/eventually.ts";

Deno.test("isTerminalHandedOver holds until the Ctrl-C that ended a child is reported", async () => {
  assertEquals(isTerminalHandedOver(), false);
  const within = await handTerminalOver(() => Promise.resolve(isTerminalHandedOver()));
  assertEquals([within, isTerminalHandedOver()], [true, true]);
  await eventually("the terminal is looop's again", () => !isTerminalHandedOver());
});
