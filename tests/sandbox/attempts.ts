import type { TempProfile } from "../support/temp_profile.ts";
import { eventualText } from "./sandbox_profile.ts";

/** What one attempt of a worker gave. */
export interface Tried {
  status: number;
  /** All that it printed. */
  said: string;
}

/**
 * The prompt of a worker that tries these shell commands, one after the other, and leaves in `reports/` what each gave.
 * They see `$ask`, the id of its own open ask, once there is one.
 */
export function attempting(attempts: Record<string, string>): string {
  const tries = Object.entries(attempts).map(([name, command]) =>
    `( ${command} ) >"$TMPDIR/said" 2>&1; echo "$?" >"$LOOOP_REPORTS_DIR/${name}.status"; ` +
    `cat "$TMPDIR/said" >"$LOOOP_REPORTS_DIR/${name}.said"; `
  );
  const ask = `("$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "May I?" >"$LOOOP_REPORTS_DIR/answer" &); ` +
    `until ask=$(basename "$LOOOP_DATA_DIR"/asks/w*.json .json) && [ "$ask" != "w*" ]; do sleep 0.05; done; `;
  return `${ask}export ask; ${tries.join("")}echo yes >"$LOOOP_REPORTS_DIR/over"; read -r _`;
}

/** Reads what the attempts gave, once they are over. */
export async function triedOf(
  profile: TempProfile,
  attempts: Record<string, string>,
): Promise<Record<string, Tried>> {
  await eventualText(profile, "reports/over");
  const tried: Record<string, Tried> = {};
  for (const name of Object.keys(attempts)) {
    tried[name] = {
      status: Number(await profile.read(`reports/${name}.status`)),
      said: await profile.read(`reports/${name}.said`),
    };
  }
  return tried;
}
