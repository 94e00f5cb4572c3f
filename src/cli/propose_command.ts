import { readTextIfThere } from "../host/read_text.ts";
import { UsageError, UserError } from "../model/user_error.ts";
import { type Proposal, propose } from "../propose.ts";
import { say } from "../say.ts";
import { inboxOf } from "../workers/send_message.ts";
import type { Command } from "./command.ts";
import type { Completes } from "./completes.ts";
import { OK } from "./exit_codes.ts";
import { NOT_HEARD } from "./not_heard.ts";
import { recordOf } from "./record_of.ts";

/** The most characters that a proposed file can have. */
const MAX_BODY = 1_000_000;

/** `looop propose`: puts a change of PLAYBOOK, a goal or a sensor before the person. */
export const proposeCommand: Command = {
  usage: "looop propose playbook|goal <id>|sensor <name> <file|->",
  switches: [],
  completes: completesProposal,
  words: { least: 2, most: 3 },
  async run({ words, terminal, signal, open }) {
    const { what, name, file } = parse(words);
    const profile = await open();
    // Four bytes hold any character.
    const body = file === "-"
      ? await terminal.input(MAX_BODY * 4, signal)
      : await readTextIfThere(file, { pipe: true });
    signal.throwIfAborted();
    if (body === null) throw new UserError(`cannot propose ${file}: there is no such file`);
    if (body.trim() === "") throw new UserError(`cannot propose ${file}: it is empty`);
    if (body.length > MAX_BODY) {
      throw new UserError(`cannot propose ${file}: more than ${MAX_BODY} characters`);
    }
    const worker = profile.env("LOOOP_SESSION_ID");
    const said = worker === undefined || inboxOf(profile) === null
      ? { value: (await propose(profile, { what, name, body, worker })).id }
      : await say(profile, await recordOf(profile, worker), { say: "propose", what, name, body });
    terminal.out(
      said
        ? `proposed as ${said.value}: it is made after looop approve ${said.value}\n`
        : NOT_HEARD,
    );
    return OK;
  },
};

function completesProposal([what, name]: readonly string[]): Completes | null {
  if (what === undefined) return ["playbook", "goal", "sensor"];
  if (what === "playbook" || name !== undefined) return "file";
  return what === "goal" || what === "sensor" ? what : null;
}

function parse([what, ...rest]: string[]): Pick<Proposal, "what" | "name"> & { file: string } {
  const wrong = (why: string) => new UsageError(`${why}\nusage: ${proposeCommand.usage}`);
  if (what !== "playbook" && what !== "goal" && what !== "sensor") {
    throw wrong(`cannot propose ${what}: it is playbook, goal or sensor`);
  }
  const [name, file] = what === "playbook" ? [undefined, ...rest] : rest;
  if (file === undefined) throw wrong(`the ${what} needs both a name and a file`);
  if (what === "playbook" && rest.length > 1) throw wrong(`unexpected argument ${rest[1]}`);
  return { what, name, file };
}
