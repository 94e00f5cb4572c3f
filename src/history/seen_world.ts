import * as z from "zod/mini";
import { describeChange } from "../diff/describe.ts";
import { readTextIfPresent } from "../os/read.ts";
import { bytesAt, type MoveCommit, resolveCommit } from "../profile/history.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile } from "../profile/runs.ts";
import { type Json, parseJson } from "../schema/json.ts";
import { parseAs } from "../schema/schema.ts";
import { type Baseline, type State, stateSchema } from "../schema/state.ts";
import type { Change } from "../schema/world.ts";

/** What a decision saw, beside the documents. */
export interface SeenWorld {
  /** How the world differed from that of the decision before. */
  changes: Change[];
  /** The state before the decision; `null` if unknown. */
  state: { again: boolean; baseline?: unknown; failure: { why: string } | null } | null;
}

/** Only these fields: the others may differ between versions. */
const worldFile = z.object({
  comparison: z.object({
    changes: z.array(z.object({
      key: z.string(),
      kind: z.enum(["added", "removed", "changed"]),
      lines: z.array(z.string()),
      untrusted: z._default(z.boolean(), false),
    })),
  }),
  state: z.object({
    again: z._default(z.boolean(), false),
    baseline: z.optional(z.unknown()),
    failure: z._default(z.nullable(z.object({ why: z.string() })), null),
  }),
});

/** Reads what a decision saw from `runs/`; `null` if it is not there. */
export async function readWorld(profile: Profile, runId: string): Promise<SeenWorld | null> {
  const text = await readTextIfPresent(runFile(profile, runId, "world.json")).catch(() => null);
  const world = parseAs(worldFile, text ?? "");
  return world ? { changes: world.comparison.changes, state: world.state } : null;
}

/**
 * Reads what a decision saw from the history: from the baselines before and after it, whose values are cut. `null` if it
 * is not there.
 */
export async function committedWorld(
  profile: Profile,
  { commit, paths }: MoveCommit,
): Promise<SeenWorld | null> {
  const parent = await resolveCommit(profile, `${commit}^`).catch(() => null);
  const before = parent && await stateAt(profile, parent.commit);
  const after = await stateAt(profile, commit);
  if (!after?.baseline) return null;
  // What the move itself wrote is in the baseline, but not what it was decided on.
  const written = new Set(
    paths.flatMap((path) => /^goals\/([^/]*)\.md$/.exec(path)?.[1] ?? [])
      .map((id) => `goal:${id}`),
  );
  if (paths.includes("PLAYBOOK.md")) written.add("playbook");
  return {
    changes: await compare(before?.baseline ?? {}, after.baseline, written),
    state: before ?? null,
  };
}

async function stateAt(profile: Profile, commit: string): Promise<State | null> {
  const bytes = await bytesAt(profile, commit, "state.json").catch(() => null);
  return bytes && (parseAs(stateSchema, new TextDecoder().decode(bytes)) ?? null);
}

async function compare(
  before: Baseline,
  after: Baseline,
  except: ReadonlySet<string>,
): Promise<Change[]> {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changes: Change[] = [];
  for (const key of keys.filter((key) => !except.has(key))) {
    const [was, now] = [before[key], after[key]];
    if (was?.sha256 === now?.sha256) continue;
    const lines = await describeChange(key, was?.was ?? null, now ? valueOf(key, now.was) : null);
    const kind = was === undefined ? "added" : now === undefined ? "removed" : "changed";
    changes.push({ key, kind, lines, untrusted: (now ?? was).untrusted === true });
  }
  return changes;
}

/** The value of a baseline's entry; a text, or one that was cut, as it is. */
function valueOf(key: string, was: string): Json {
  if (key === "playbook" || key.startsWith("goal:")) return was;
  try {
    return parseJson(was);
  } catch {
    return was;
  }
}
