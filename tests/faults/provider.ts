import { tickOnce } from "../../src/loop/run.ts";
import type { Config } from "../../src/schema/config.ts";
import type { CodeSensor } from "../../src/schema/world.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

/** What a provider does at the next call. */
export type Mode = "well" | "529" | "hangs" | "refuses" | "nowhere" | "login" | `limit ${string}`;

const NOOP = JSON.stringify({ action: "noop", reason: "fine", journal: "looked", more: false });

/** What Claude Code prints. */
function eventOf(result: string, status: number | null): string {
  const ok = status === 200;
  const event = {
    ...{ type: "result", subtype: "success", is_error: !ok, result },
    ...{ total_cost_usd: ok ? 0.01 : 0, num_turns: 1 },
    ...(ok ? {} : { api_error_status: status }),
    usage: { input_tokens: ok ? 10 : 0, output_tokens: ok ? 5 : 0 },
  };
  return JSON.stringify(event);
}

/** Prints it, and ends with its exit status. */
function claude(result: string, status: number | null): string {
  return `cat <<'END'\n${eventOf(result, status)}\nEND\nexit ${status === 200 ? 0 : 1}`;
}

/** A runner that prints what Claude Code does with a provider in the mode of the file `mode`. */
const RUNNER = `cat >/dev/null; echo >>calls
mode=$(cat mode)
case "$mode" in
  529) ${claude("API Error: 529 Overloaded", 529)} ;;
  hangs) exec sleep 600 ;;
  refuses) ${claude("API Error: Connection error. (connect ECONNREFUSED 127.0.0.1:1)", null)} ;;
  nowhere) ${claude("API Error: getaddrinfo ENOTFOUND login.example.com", null)} ;;
  login) ${claude("Invalid API key", 401)} ;;
  limit*) cat <<END
${
  JSON.stringify({
    ...{ type: "result", subtype: "success", is_error: true, api_error_status: 429 },
    ...{ total_cost_usd: 0, result: "You've hit your session limit · resets RESET (UTC)" },
  }).replace("RESET", "${mode#limit }")
}
END
    exit 1 ;;
  *) if [ -e answer ]; then cat answer; else ${claude(NOOP, 200)}
    fi ;;
esac`;

/** A loop on a clock of the test's own, whose provider can fail, and whose user is notified. */
export interface ProviderLoop extends AsyncDisposable {
  profile: TempProfile;
  /** Sets the time, in minutes from the start. */
  at(minutes: number): void;
  /** Sets what the provider does. */
  mode(mode: Mode): Promise<void>;
  /** Sets the move that the provider answers with where it is well. Default: a `noop`. */
  answer(move: object): Promise<void>;
  /** Edits PLAYBOOK, if there is a change, and ticks once; returns the outcome, or the kind of an error. */
  tick(change?: string): Promise<string>;
  /** How often the runner was called. */
  calls(): Promise<number>;
  /** The notifications: `KIND TEXT`. */
  told(): Promise<string[]>;
}

/** Starts one at 20:00 UTC. */
export async function providerLoop(
  { sensors = {}, config = {}, ...options }: TempProfileOptions & {
    config?: Partial<Config>;
    sensors?: Record<string, CodeSensor>;
  } = {},
): Promise<ProviderLoop> {
  const start = Date.parse("2026-11-23T20:00:00Z");
  let [minutes, ms] = [0, 0];
  const profile = await tempProfile({
    history: false,
    ...options,
    clock: {
      now: () => new Date(start + minutes * 60_000 + ms++),
      // No sensor in code is late.
      sleep: (_, stop) =>
        new Promise((resolve) => {
          if (stop?.aborted) resolve();
          stop?.addEventListener("abort", () => resolve());
        }),
    },
    env: { PATH: Deno.env.get("PATH")!, LOOOP_TICK_TIMEOUT: "3" },
    config: {
      runner: "mine",
      runners: { mine: { tick: RUNNER, output: "claude" } },
      notify: `echo "$LOOOP_KIND $LOOOP_TEXT" >>told`,
      ...config,
    },
  });
  await profile.write("mode", "well");
  const lines = async (path: string) =>
    (await profile.read(path).catch(() => "")).split("\n").slice(0, -1);
  return {
    profile,
    at: (to) => void ([minutes, ms] = [to, 0]),
    mode: (mode) => profile.write("mode", mode),
    answer: (move) => profile.write("answer", eventOf(JSON.stringify(move), 200)),
    async tick(change) {
      if (change !== undefined) await profile.write("PLAYBOOK.md", `# ${change}\n`);
      const result = await tickOnce(profile, { sensors });
      return result.outcome === "failed" ? result.error.kind : result.outcome;
    },
    calls: async () => (await lines("calls")).length,
    told: () => lines("told"),
    [Symbol.asyncDispose]: () => profile[Symbol.asyncDispose](),
  };
}
