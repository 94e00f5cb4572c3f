import { assertEquals } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { signalOf } from "../../src/schema/world.ts";
import { readSnapshots } from "../../src/sense/snapshot.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** Signals that differ only in digits that JavaScript's numbers do not have. */
const PAIRS = {
  "an id of 64 bits": ['{"id":1189345678901234561}', '{"id":1189345678901234562}'],
  "the largest unsigned number of 64 bits": ["18446744073709551614", "18446744073709551615"],
  "nanoseconds in a list": ["[1764378861123456789]", "[1764378861123456790]"],
  "seconds with nanoseconds": ['{"at":1764378861.123456789}', '{"at":1764378861.12345679}'],
  "a balance of a token": ["123456789.123456789123456789", "123456789.123456789123456788"],
};

for (const [what, [one, other]] of Object.entries(PAIRS)) {
  Deno.test(`a tick sees the change of ${what}, shows and keeps it`, async () => {
    const script = "#!/bin/sh\n# looop: interval=1\ncat value\n";
    await using profile = await tempProfile({
      files: { "sensors/last.sh": script, value: `{"signal":${one}}` },
      history: false,
    });
    const decider = scripted();
    const tick = async () => {
      const { outcome } = await tickOnce(profile, { decider: decider.decide });
      const [reading] = await readSnapshots(profile.paths.snapshots);
      return [outcome, JSON.stringify(signalOf(reading))];
    };
    assertEquals(await tick(), ["moved", one]);
    // The first reading is reused, from the snapshot.
    assertEquals(await tick(), ["idle", one]);
    await profile.write("sensors/last.sh", script.replace("interval=1", "timeout=9"));
    assertEquals(await tick(), ["idle", one]);
    await profile.write("value", `{"signal":${other}}`);
    assertEquals(await tick(), ["moved", other]);
  });
}

Deno.test("rules compare all digits of a whole number, and fire for them", async () => {
  const goal = (id: string, when: string) =>
    `---\ngoal: ${id}\nrules:\n  - when: ${when}\n    do: { action: noop, reason: r, journal: ${id} }\n---\n`;
  await using profile = await tempProfile({
    files: {
      "sensors/last.sh": `#!/bin/sh\necho '{"signal":{"id":1189345678901234561}}'\n`,
      "goals/less.md": goal("less", "sensors.last.id > 1189345678901234561"),
      "goals/other.md": goal("other", "sensors.last.id == 1189345678901234562"),
      "goals/same.md": goal("same", "sensors.last.id == 1189345678901234561"),
    },
    config: { runner: "none" },
    history: false,
  });
  await tickOnce(profile, {});
  assertEquals((await profile.read("journal.md")).match(/ \w+$/gm), [" same"]);
});
