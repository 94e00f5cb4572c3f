import { LANES } from "./extent.ts";

/** Does `work` for 1, 2, 3 and so on, some of them at a time, until for one of them there is nothing to do. */
export async function upward(work: (nth: number) => Promise<boolean>): Promise<void> {
  let [next, more] = [1, true];
  const lane = async () => {
    while (more) if (!await work(next++)) more = false;
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
