import { INTERVIEWER, isDraft, mayInterviewerUse } from "../../admit/interview.ts";
import { awaitAnswer } from "../../inbox/wait.ts";
import { send } from "../../mailbox/client.ts";
import { Notices } from "../../os/watch.ts";
import { UserError } from "../../schema/errors.ts";
import {
  type HookAgent,
  readPermissionRequest,
  readTool,
  replyToPermission,
  untilResolved,
} from "../../workers/agents/permission_hook.ts";
import { type Command, type CommandContext, FAILED } from "../command.ts";
import { describeError } from "../main.ts";
import { recordOf } from "../worker_ref.ts";

const MAX_REQUEST_BYTES = 16_000_000;

/** `looop permission-request`: called by the hook of a worker's agent that needs permission. */
export const permissionRequestCommand: Command = {
  usage: "looop permission-request <agent>",
  async run(context) {
    try {
      await request(context);
    } catch (error) {
      if (context.signal.aborted) throw error;
      context.terminal.err(describeError(error));
      // With empty stdout, some agents take any other status for an answer.
      return FAILED;
    }
  },
};

async function request({ words: [name], terminal, signal, open }: CommandContext): Promise<void> {
  const profile = await open();
  const since = profile.clock.now();
  const agent = hookAgent(name);
  const own = profile.env("LOOOP_SESSION_ID");
  if (own === undefined) {
    throw new UserError("cannot request permission: this is not inside a worker");
  }
  const record = await recordOf(profile, own);
  const stdin = await terminal.input(MAX_REQUEST_BYTES, signal);
  signal.throwIfAborted();
  const { tool, input } = readTool(agent, stdin);
  const { dataDir } = profile.paths;
  const isAllowed = record.id === INTERVIEWER
    ? await mayInterviewerUse(tool, input, dataDir)
    : await isDraft(tool, input, { worker: record.id, dataDir });
  if (isAllowed) return terminal.out(`${replyToPermission(agent, "allow")}\n`);
  const asked = readPermissionRequest(agent, stdin, record.id);
  if (asked.kind === "reply") {
    terminal.out(`${asked.stdout}\n`);
    return;
  }
  const { question, options } = asked;
  const raised = await send(profile, record, { say: "ask", question, options, hook: agent }, {
    signal,
  });
  const id = raised?.value;
  if (!id) {
    signal.throwIfAborted();
    throw new UserError("cannot request permission: the loop did not receive the request");
  }
  // From here on, the ask is withdrawn when this stops.
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const resolved = untilResolved(profile.clock, stdin, since, stop).then(() => over.abort());
  try {
    using notices = new Notices([profile.paths.asks]);
    const answer = await awaitAnswer(profile, id, { signal: stop, notices });
    if (answer.kind !== "answered") throw new UserError(`${id} was closed without an answer`);
    terminal.out(`${replyToPermission(agent, answer.text)}\n`);
    signal.throwIfAborted();
    await send(profile, record, { say: "delivered", ask: id });
  } catch (error) {
    if (!stop.aborted) throw error;
    // It was answered in the session, or the agent has ended.
    await send(profile, record, { say: "withdraw", ask: id }, { timeoutMs: 1000 });
    signal.throwIfAborted();
  } finally {
    over.abort();
    await resolved;
  }
}

function hookAgent(name: string): HookAgent {
  if (name === "claude" || name === "codex" || name === "opencode") return name;
  throw new UserError(`${name} does not have a permission hook`);
}
