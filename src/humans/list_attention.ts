import { join } from "@std/path";
import { listFolder } from "../host/list_folder.ts";
import { lockHolder } from "../host/lock.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { AttentionItem } from "../model/attention.ts";
import { type Ask, isExpired } from "../model/ask.ts";
import { isId } from "../model/id.ts";
import { sha256Hex } from "../model/sha256.ts";
import type { Profile } from "../profile/profile.ts";
import { readPulseRun } from "../profile/pulse_run.ts";
import { readState } from "../profile/state_file.ts";
import { listAsks } from "./ask_files.ts";
import { readFlag } from "./flag_file.ts";

/** Lists what workers and the loop ask of a human: the open asks, oldest first, then the other flags. */
export async function listCalls(profile: Profile): Promise<AttentionItem[]> {
  const now = profile.clock.now().toISOString();
  const open = (await listAsks(profile)).asks.filter((ask) => !ask.answer && !isExpired(ask, now));
  return [...open.map(itemOf), ...await flagItems(profile, open)];
}

/** Lists all that needs a human: {@linkcode listCalls}, a pulse that does not run, and a parked loop. */
export async function listAttention(profile: Profile): Promise<AttentionItem[]> {
  const items = await listCalls(profile);
  if (await lockHolder(profile.paths.pulseLock) === null) {
    const key = `pulse:${await readPulseRun(profile) ?? "never"}`;
    items.push({ key, kind: "pulse", text: "no pulse is running: looop" });
  }
  // A state that cannot be read stops every tick, and the pulse tells so.
  const state = await readState(profile).catch(() => null);
  if (state?.parked) {
    const { kind, why, world, config, until } = state.parked;
    const key = `parked:${kind}:${world}:${config}:${until ?? state.failure?.at ?? ""}`;
    items.push({ key, kind: "parked", text: why });
  }
  return items;
}

function itemOf({ id, kind, question, options, worker, asked_at }: Ask): AttentionItem {
  return { key: `ask:${id}`, kind, text: question, ask: id, worker, options, at: asked_at };
}

/** The flags that no open ask has raised, of workers that have not ended. */
async function flagItems(profile: Profile, open: Ask[]): Promise<AttentionItem[]> {
  const { workers } = profile.paths;
  const items: AttentionItem[] = [];
  for (const { name: worker, isDirectory } of listFolder(workers)) {
    if (!isDirectory || !isId(worker)) continue;
    const flag = await readFlag(profile, worker);
    if (!flag || open.some((ask) => ask.id === flag.ask)) continue;
    if (whatIsAt(join(workers, worker, "exit.json")) !== "nothing") continue;
    // The time alone would not tell two flags apart on a clock that was set back.
    const key = `flag:${worker}:${flag.at}:${await sha256Hex(flag.note)}`;
    items.push({ key, kind: "flag", text: flag.note, worker, at: flag.at });
  }
  return items;
}
