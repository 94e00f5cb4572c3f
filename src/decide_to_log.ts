/** What a tick needs from the decision on, to be loaded in one go once there is something to decide. */
export { admitMove } from "./admit_move.ts";
export { decide } from "./decide/decide.ts";
export { keepRun } from "./keep_run.ts";
export { costOf, noMove } from "./no_move.ts";
export { performMove } from "./perform_move.ts";
export { planMove } from "./plan_move.ts";
export { parseGoals } from "./profile/parse_goals.ts";
export { newRunId } from "./profile/runs.ts";
