import { type Call, killTick } from "./kill_tick.ts";
import { settle } from "./settle.ts";
import { copyStage, type Stage } from "./stage.ts";

/** Which call of a tick it dies at. */
export interface Cut {
  call: Call;
  nth: number;
}

/** What cutting off one tick gave. */
export interface CutEnd {
  /** `false`: it made fewer such calls, and came to its end. */
  killed: boolean;
  /** What did not agree after the ticks that followed; which call it was comes first. */
  problems: string[];
}

/** Kills a tick on a copy of a profile, ticks on there, and checks that all agrees. */
export async function cutOff(from: Stage, { call, nth }: Cut): Promise<CutEnd> {
  await using stage = await copyStage(from);
  const { killed, code, stderr } = await killTick(stage, call, nth);
  if (killed) stage.kills++;
  const fine = killed || code === (from.kind.fails ? 1 : 0);
  const found = [...(fine ? [] : [`exit ${code}: ${stderr}`]), ...await settle(stage)];
  const problems = found.map((text) => `${call} ${nth}: ${text}`);
  for (const problem of problems) console.log(`      ${from.kind.name}: ${problem}`);
  return { killed, problems };
}
