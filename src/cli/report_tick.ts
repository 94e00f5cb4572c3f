import type { JsonObject } from "../model/json.ts";
import { maskJson } from "../model/mask_json.ts";
import type { TickResult } from "../model/tick_result.ts";
import type { Profile } from "../profile/profile.ts";
import type { TickOnceInput } from "../tick_once.ts";
import type { CommandContext } from "./command.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { openAsks } from "./open_asks.ts";
import { renderProgress } from "./render_progress.ts";
import { renderTick } from "./render_tick.ts";
import { safeJson } from "./safe_text.ts";
import { PLAIN, viewOf } from "./view.ts";

/** What a tick started from the command line is given. */
type Input = Pick<TickOnceInput, "onProgress" | "onSeeded" | "signal">;

/** What a command makes of its tick; all of it has a default. */
interface TickReport {
  /** Exit status by outcome. Default: a failed decision is a failure, all else is none. */
  codes?: Partial<Record<TickResult["outcome"], number>>;
  /** What follows the tick once a person was told of it; the fields that it gives join the result in JSON. */
  follow?(result: TickResult): Promise<JsonObject>;
}

/**
 * Makes one tick and tells what came of it: on stdout the result, as JSON with `--json`; on stderr whatever
 * else there is to say.
 */
export async function reportTick(
  { terminal, signal, switches }: CommandContext,
  profile: Profile,
  makeTick: (input: Input) => Promise<TickResult>,
  { codes = {}, follow = () => Promise.resolve({}) }: TickReport = {},
): Promise<number> {
  const made = await makeTick({
    signal,
    async onSeeded(seeded) {
      const { renderSeeded } = await import("./render_seeded.ts");
      terminal.err(renderSeeded(seeded, profile.paths.dataDir, PLAIN));
    },
    onProgress: (text) => terminal.err(renderProgress(text, PLAIN)),
  });
  // The move in it is exact. Lines are broken later, and half a secret would not be found.
  const result = maskJson(profile.mask, made);
  if (switches.has("json")) {
    const more = await follow(made);
    terminal.out(`${safeJson({ ...result, ...maskJson(profile.mask, more) })}\n`);
  } else {
    const view = await viewOf(terminal);
    terminal.out(renderTick(result, view, { at: profile.clock.now() }));
    if (result.outcome === "planned") {
      const { renderPlan } = await import("./render_plan.ts");
      terminal.out(renderPlan(result, view));
    }
    const { asks } = await openAsks(profile);
    if (asks.length > 0) {
      const { renderBanner } = await import("./render_asks.ts");
      terminal.out(renderBanner(asks, view));
    }
    await follow(made);
  }
  return codes[result.outcome] ?? (result.outcome === "failed" ? FAILED : OK);
}
