import { whatIsAt } from "../host/what_is_at.ts";
import type { Check } from "./check.ts";
import { fail, ok, warn } from "./finding.ts";

/** Looks at whether there is a profile. */
export const checkProfile: Check = {
  name: "profile",
  run({ profile: { paths } }) {
    const { dataDir, own } = paths;
    const found = whatIsAt(dataDir);
    if (found === "nothing" || (found === "a folder" && whatIsAt(own) === "nothing")) {
      return [warn("profile", `there is none yet in ${dataDir}`, "looop")];
    }
    if (found !== "a folder") {
      const what = found === "file" ? "a file" : found;
      return [fail("profile", `${dataDir} is ${what}`, `mv ${dataDir} ${dataDir}.old`)];
    }
    return [ok("profile", dataDir)];
  },
};
