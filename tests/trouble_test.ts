import { assertEquals } from "@std/assert";
import { Trouble } from "../src/loop/backoff.ts";
import type { Beat } from "../src/loop/pulse.ts";
import { DEFAULT_CONFIG } from "../src/profile/config.ts";
import type { TickResult } from "../src/schema/status.ts";

const idle: TickResult = { outcome: "idle", hash: "0" };

function beat(
  error: string | null,
  result: TickResult | null = error === null ? idle : null,
): Beat {
  return {
    result,
    error: error === null ? null : new Error(error),
    config: DEFAULT_CONFIG,
    working: false,
    surfaced: Promise.resolve(),
  };
}

Deno.test("Trouble is told once for as long as it lasts, and again when it comes back", async () => {
  const told: string[] = [];
  const trouble = new Trouble({ onError: (error) => void told.push((error as Error).message) });
  const seen = async (error: string | null) => {
    await trouble.tell(beat(error), 60);
    return told.splice(0);
  };
  assertEquals(await seen("full"), ["full"]);
  assertEquals(await seen("full"), []);
  assertEquals(await seen("read-only"), ["read-only"]);
  assertEquals(await seen(null), []);
  assertEquals(await seen("read-only"), ["read-only"]);
  const [first, second] = ["runs/20261123t093012-1a2b3c4d/x", "runs/20261123t093112-5e6f7a8b/x"];
  assertEquals(await seen(first), [first]);
  assertEquals(await seen(second), []);
});

Deno.test("Trouble of a listener is told as well, and who could not be told is told at the next beat", async () => {
  const told: string[] = [];
  let deaf = true;
  const trouble = new Trouble({
    onTick: () => {
      throw new Error("no screen");
    },
    onError: (error) => {
      if (deaf) throw new Error("no screen either");
      told.push((error as Error).message);
    },
  });
  await trouble.tell(beat(null), 60);
  deaf = false;
  await trouble.tell(beat(null), 60);
  await trouble.tell(beat(null), 60);
  assertEquals(told, ["no screen"]);
});

Deno.test("Trouble counts beats that went wrong in a row, failed decisions too", () => {
  const failed = { outcome: "failed" } as TickResult;
  const trouble = new Trouble({});
  const beats = [beat("x"), beat(null, failed), beat("x", idle), beat(null), beat("x")];
  assertEquals(beats.map((each) => trouble.count(each)), [1, 2, 3, 0, 1]);
});
