import jq from "jq-wasm";

/** What a stand-in for gh answers to a command: the array of `--json` with all fields of each item, or a failure. */
export type GhAnswer = Record<string, unknown>[] | { stderr: string; status: number };

/** A `gh` that this process answers for, since a process with a jq for each call would take most of a test's time. */
export interface GhStandIn extends AsyncDisposable {
  /** The arguments of each call, in order. */
  calls: string[][];
  /** Sets the answer to a command, named by its words and what it searches for (`run-list-repo-acme-web`). */
  says(name: string, answer: GhAnswer): void;
}

/**
 * Writes a `gh` that sends its arguments here over loopback, and answers with what `says` set, put through the
 * command's `--jq` as gh does. It refuses calls whose `GH_CONFIG_DIR` is not `configDir`.
 */
export async function ghStandIn(path: string, configDir: string): Promise<GhStandIn> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await Deno.writeTextFile(
    path,
    `#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/${listener.addr.port}
printf '%s\\0' $# "$GH_CONFIG_DIR" "$@" >&3
read -r status <&3
if [ "$status" = 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$status"
`,
    { mode: 0o700 },
  );
  const calls: string[][] = [];
  const answers = new Map<string, GhAnswer>();
  const answer = async ([dir, ...args]: string[]): Promise<string> => {
    calls.push(args);
    try {
      if (dir !== configDir) throw new Error(`GH_CONFIG_DIR is ${dir}`);
      return await reply(args, answers);
    } catch (error) {
      return `99\n${error}\n`;
    }
  };
  const served = (async () => {
    for await (const connection of listener) {
      const args = await argumentsOf(connection);
      await connection.write(new TextEncoder().encode(await answer(args)));
      connection.close();
    }
  })();
  return {
    calls,
    says: (name, said) => void answers.set(name, said),
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}

/** Reads the arguments of a call, each ended by NUL, behind their number. */
async function argumentsOf(connection: Deno.Conn): Promise<string[]> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  while (true) {
    const [count, ...args] = text.split("\0").slice(0, -1);
    if (count !== undefined && args.length > Number(count)) return args;
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`cut off: ${text}`);
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}

/** The exit status in a line of its own, then what gh prints: on stderr unless the status is 0. */
async function reply(args: string[], answers: Map<string, GhAnswer>): Promise<string> {
  const words = args.filter((word) => !word.startsWith("--"));
  const options = new Map(
    args.filter((word) => word.startsWith("--")).map((word) => {
      const [, name, value] = /^--([^=]+)=([^]*)$/.exec(word) ?? [];
      return [name, value];
    }),
  );
  const fields = options.get("json")?.split(",");
  const filter = options.get("jq");
  const only = ["review-requested", "checks", "assignee", "workflow", "repo"].find((name) =>
    options.has(name)
  );
  const name = `${words.join("-")}-${only}-${options.get(only ?? "")?.replace("/", "-")}`;
  const answer = answers.get(name);
  if (answer === undefined) throw new Error(`no answer to ${name}`);
  if (!Array.isArray(answer)) return `${answer.status}\n${answer.stderr}\n`;
  if (!fields || !filter) throw new Error(`no --json or --jq: ${args}`);
  const chosen = answer.map((item) =>
    Object.fromEntries(fields.map((field) => [field, item[field]]))
  );
  return `0\n${await jq.raw(chosen, filter, ["-c", "-r"])}\n`;
}
