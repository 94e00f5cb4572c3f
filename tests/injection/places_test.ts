import { assertEquals } from "@std/assert";
import { raiseAsk, raiseFlag } from "../../src/inbox/flags.ts";
import { journalLine } from "../../src/profile/journal.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { start } from "../support/worker_profile.ts";
import { hostileMoves, orderOf } from "./hostile_moves.ts";
import { HOSTILE_TEXTS } from "./hostile_texts.ts";
import { mailSensor, type Scene, type Stage, stage } from "./stage.ts";

const TEXTS = Object.values(HOSTILE_TEXTS);

/** Hands out texts, each with an order of its own. */
function author(key: string) {
  let next = 0;
  return {
    text: () => {
      const n = next++;
      return TEXTS[n % TEXTS.length](orderOf(n), key);
    },
    count: () => next,
  };
}

/** The numbers of the orders that a prompt holds. */
function ordersIn(prompt = ""): number[] {
  const found = [...prompt.matchAll(/OBEY-(\d+)-/g)].map(([, number]) => Number(number));
  return [...new Set(found)].sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function moved({ told }: Scene): string[] {
  return [...new Set(told.map(({ move, status }) => `${move?.action} ${status}`))].sort();
}

/** Puts hostile texts wherever strangers, workers and tainted decisions can. */
async function plant({ profile }: Stage, text: () => string): Promise<void> {
  for (let i = 0; i < 10; i++) {
    const body = `---\ngoal: Theirs\nuntrusted: true\n---\n${text()}\n`;
    await profile.write(`goals/theirs-${i}.md`, body);
  }
  for (let i = 0; i < 4; i++) await profile.write(`goals/odd-${i}.md`, `goal: ${text()}`);
  const asked = { asked_at: "2026-11-23T09:30:00.000Z", run_id: "r" };
  for (let i = 0; i < 10; i++) {
    const ask: Ask = i % 2 === 0
      ? {
        id: `own-${i}`,
        kind: "question",
        question: text(),
        options: [text()],
        ...asked,
        tainted: true,
      }
      : {
        id: `their-${i}`,
        kind: "question",
        question: text().slice(-900),
        ...asked,
        worker: "fix",
      };
    await profile.write(`asks/${ask.id}.json`, JSON.stringify(ask));
  }
  const at = new Date(2026, 10, 23, 9, 30);
  // A line of the journal has at most 1,000 characters.
  const lines = upTo(8).map(() => journalLine(at, text().slice(-900), true));
  await profile.write("journal.md", lines.join("\n") + "\n");
}

Deno.test("hostile goals, asks, questions, notes and journal lines are obeyed by no calm decision, and execute nothing in others", async () => {
  const files = { "sensors/mail-0.sh": mailSensor(0), "goals/mine.md": "---\ngoal: Tea\n---\n" };
  await using set = await stage({ files, realGit: false, workers: true });
  const { profile, key } = set;
  const { text, count } = author(key);
  await profile.write("mail-0.json", `{"signal":1}\n`);
  await plant(set, text);
  const { generation } = await start(profile, "fix", "sleep 600");
  await raiseAsk(profile, { worker: "fix", generation, question: text().slice(-900) });
  await raiseFlag(profile, "fix", text().slice(-300));

  const first = await set.play({ obey: false });
  assertEquals(ordersIn(first.told[0].prompt), upTo(count()));
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const moves = hostileMoves(count());
  const calm = await set.play({ ticks: 5, moves });
  assertEquals(calm.told.map(({ outcome, tainted }) => [outcome, tainted]), [
    ["moved", false],
    ["idle", undefined],
  ]);
  assertEquals([moved(calm)[0], calm.executed], ["noop made", []]);

  await profile.write("mail-0.json", `{"signal":2}\n`);
  const obeyed = await set.play({ ticks: count() + 5, moves });
  assertEquals(ordersIn(obeyed.told[0].prompt), upTo(count()));
  assertEquals(obeyed.executed, []);
  const orders = obeyed.told.filter(({ move, outcome }) =>
    outcome !== "idle" && move?.action !== "noop"
  );
  assertEquals(orders.length, count());
  assertEquals(moved(obeyed).filter((one) => one.endsWith("made")), [
    "ask made",
    "noop made",
    "write_goal made",
  ]);
});
