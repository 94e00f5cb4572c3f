/** What a command inside a sandbox tells where the loop has not heard it yet. */
export const NOT_HEARD =
  "left for the loop, which is not looking now: it does so when it next looks\n";
