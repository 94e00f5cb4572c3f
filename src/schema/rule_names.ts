/** The built-in rules in their order; the limits on tainted decisions come after them. */
export const BUILT_IN_NAMES = [
  "worker-command",
  "noop",
  "run-read-only",
  "run-report",
  "run",
  "start-worker",
  "stop-worker",
  "tell-worker",
  "write-goal-rules",
  "write-goal-trust",
  "write-goal",
  "archive-setup",
  "archive-goal-done",
  "archive-goal",
  "write-sensor",
  "remove-sensor",
  "write-playbook",
  "write-schedule-do",
  "write-schedule-trust",
  "write-schedule",
  "remove-schedule",
  "ask",
] as const;

/** Names that a rule of the config cannot have, because verdicts use them. */
export const RESERVED_NAMES: readonly string[] = [
  ...BUILT_IN_NAMES,
  "taint",
  "approval",
  "default",
];
