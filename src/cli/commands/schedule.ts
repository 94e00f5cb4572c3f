import starter from "../../../seeds/starters/schedule.yaml" with { type: "text" };
import { findSchedule, listSchedules, upcomingSlots } from "../../documents/schedules.ts";
import { removeSchedule } from "../../documents/remove.ts";
import { localZone } from "../../os/clock.ts";
import { UsageError } from "../../schema/errors.ts";
import { type Command, verbsCommand } from "../command.ts";
import { checkId, openToWrite, writeBody } from "../document_input.ts";
import { renderSchedules } from "../output/documents.ts";
import { joinLines, showFile } from "../output/view.ts";

/** How many slots `next` prints, unless told. */
const SLOTS = 5;
const MAX_SLOTS = 1000;

/** `looop schedule …`: shows and changes when the loop is woken by the clock. */
export const scheduleCommand: Command = verbsCommand(
  "looop schedule ls | show|rm <name> | write <name> [file|-] | next <name> [n]",
  {
    ls: {
      usage: "looop schedule ls [--json]",
      async run({ print, open }) {
        const profile = await open();
        const schedules = await listSchedules(profile);
        await print(schedules, (view) => renderSchedules(schedules, view));
      },
    },
    show: {
      usage: "looop schedule show <name>",
      completes: ["schedule"],
      async run({ words: [name], terminal, open }) {
        showFile(terminal, findSchedule(await open(), name).bytes);
      },
    },
    write: {
      usage: "looop schedule write <name> [file|-] [--note TEXT]",
      completes: ["schedule", "file"],
      async run({ words: [name, from], options, say, terminal, signal, open }) {
        checkId("schedule", name);
        const path = `schedules/${name}.yaml`;
        const profile = await openToWrite(open, `write ${path}`);
        const source = {
          ...{ kind: "schedule", path, from, note: options.get("note") } as const,
          starter: starter.replace("tz: UTC", `tz: ${localZone()}`),
        };
        if (await writeBody(profile, source, { terminal, signal }) === null) return;
        const [next] = upcomingSlots(profile, name, 1);
        say(next ? `next: ${next.local}\n` : "it has no slot after this time\n");
      },
    },
    rm: {
      usage: "looop schedule rm <name> [--note TEXT]",
      completes: ["schedule"],
      async run({ words: [name], options, say, signal, open }) {
        const profile = await openToWrite(open, "remove a schedule");
        const how = { note: options.get("note"), signal };
        say(`removed ${await removeSchedule(profile, name, how)}\n`);
      },
    },
    next: {
      usage: "looop schedule next <name> [n] [--json]",
      completes: ["schedule"],
      async run({ words: [name, number = `${SLOTS}`], print, open }) {
        const count = /^\d{1,4}$/.test(number) ? Number(number) : NaN;
        if (!(count >= 1 && count <= MAX_SLOTS)) {
          throw new UsageError(`cannot print ${number} slots: use 1 to ${MAX_SLOTS}`);
        }
        const slots = upcomingSlots(await open(), name, count);
        await print(
          slots,
          () =>
            slots.length === 0
              ? "no slot after this time\n"
              : joinLines(slots.map(({ local }) => local)),
        );
      },
    },
  },
);
