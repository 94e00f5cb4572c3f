import { awaitAnswer } from "../../inbox/wait.ts";
import { send } from "../../mailbox/client.ts";
import { Notices } from "../../os/watch.ts";
import { UserError } from "../../schema/errors.ts";
import {
  type HookAgent,
  readPermissionRequest,
  replyToPermission,
  untilResolved,
} from "../../workers/agents/permission_hook.ts";
import type { Command, CommandContext } from "../command.ts";
import { FAILED, OK } from "../command.ts";
import { describeError } from "../main.ts";
import { recordOf } from "../worker_ref.ts";

const MAX_REQUEST_BYTES = 16_000_000;

/** `looop permission-request <agent>`: what a worker's agent calls when it needs permission for something. */
export const permissionRequestCommand: Command = {
  usage: "looop permission-request <agent>",
  switches: [],
  words: { least: 1, most: 1 },
  async run(context) {
    try {
      return await request(context);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.terminal.err(describeError(error));
      // Any other status than 1, with nothing on stdout, would be an answer to some of the agents.
      return FAILED;
    }
  },
};

async function request({ words: [name], terminal, signal, open }: CommandContext): Promise<number> {
  const profile = await open();
  const since = profile.clock.now();
  const agent = hookAgent(name);
  const own = profile.env("LOOOP_SESSION_ID");
  if (own === undefined) throw new UserError("only a worker's agent asks for permission");
  const record = await recordOf(profile, own);
  const stdin = await terminal.input(MAX_REQUEST_BYTES, signal);
  signal.throwIfAborted();
  const asked = readPermissionRequest(agent, stdin, record.id);
  if (asked.kind === "reply") {
    terminal.out(`${asked.stdout}\n`);
    return OK;
  }
  const { question, options } = asked;
  const raised = await send(profile, record, { say: "ask", question, options }, { signal });
  const id = raised?.value;
  if (!id) {
    signal.throwIfAborted();
    throw new UserError("the request could not be put to the person");
  }
  // From here on, whoever stops it has the ask taken back.
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const settled = untilResolved(profile.clock, stdin, since, stop).then(() => over.abort());
  try {
    using notices = new Notices([profile.paths.asks]);
    const answer = await awaitAnswer(profile, id, { signal: stop, notices });
    if (answer.kind !== "answered") throw new UserError(`${id} got no answer`);
    terminal.out(`${replyToPermission(agent, answer.text)}\n`);
    signal.throwIfAborted();
    await send(profile, record, { say: "delivered", ask: id });
    return OK;
  } catch (error) {
    if (!stop.aborted) throw error;
    // It was answered in the session, or its agent has gone: nobody waits for an answer here.
    await send(profile, record, { say: "withdraw", ask: id }, { timeoutMs: 1000 });
    signal.throwIfAborted();
    return OK;
  } finally {
    over.abort();
    await settled;
  }
}

function hookAgent(name: string): HookAgent {
  if (name === "claude" || name === "codex" || name === "opencode") return name;
  throw new UserError(`${name} has no hook for permissions`);
}
