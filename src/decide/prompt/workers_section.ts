import { cut } from "../../model/cut.ts";
import type { Worker } from "../../model/worker.ts";
import type { World } from "../../model/world.ts";
import type { Fence } from "./fence.ts";
import { indented } from "./indented.ts";
import type { Part } from "./part.ts";

/** How much is shown of a worker's note, in characters. */
const MAX_NOTE = 400;

/**
 * The workers, living or with an end that is news, and who holds which claim. Nothing where there is neither. What
 * they say is outside text: withheld unless `tainted`.
 */
export function workersSection(
  { workers, claims }: World,
  { fence, tainted }: { fence: Fence; tainted: boolean },
): Part[] {
  const parts: Part[] = [];
  if (workers.length > 0) {
    const lines = workers.map((worker) => describe(worker, tainted));
    parts.push({ text: `# WORKERS\n\n${fence("workers", lines.join("\n"))}` });
  }
  if (claims.length > 0) {
    const lines = claims.map(({ name, session }) => `${name}: held by ${session}`);
    parts.push({ text: `# CLAIMS\n\n${fence("claims", lines.join("\n"))}` });
  }
  return parts;
}

/** Without ages: they change all the time, and what stays byte-equal can be cached. */
function describe(
  { id, state, runner, goal, exit_code, why, flag, verification }: Worker,
  tainted: boolean,
): string {
  const said = (text: string) => tainted ? indented(text) : "withheld";
  const facts = [
    `worker ${id}: ${state}`,
    `runner ${runner}`,
    ...(goal ? [`for goal ${goal}`] : []),
    ...(exit_code === null ? [] : [`exit ${exit_code}`]),
    ...(why === undefined ? [] : [why]),
  ];
  const verdict = verification === null
    ? []
    : verification.passed
    ? ["  verify passed"]
    : [`  verify FAILED, so its work is not believed: ${said(verification.output_tail)}`];
  const note = flag ? [`  waits for a person: ${said(cut(flag.note, MAX_NOTE))}`] : [];
  return [facts.join(", "), ...verdict, ...note].join("\n");
}
