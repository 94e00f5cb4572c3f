import type { ConfigError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import type { Finding } from "./finding.ts";

/** What a check looks at. */
export interface CheckInput {
  /** What it warns of becomes a finding. Where the config cannot be used, the defaults stand in it. */
  profile: Profile;
  /** Why the config cannot be used; `null`: it can. */
  configError: ConfigError | null;
  /** The variables named `LOOOP_…` that mean something. */
  variables: readonly string[];
  /** Fires when time is up, or looop is told to stop: what the check has started is to end then. */
  signal: AbortSignal;
}

/** One look at the machine or the profile. It changes nothing that lasts. */
export interface Check {
  /** What is looked at: for what there is to say where the check itself fails. */
  name: string;
  /** It makes no sense where the data directory was not made yet. Default `false`. */
  needsProfile?: boolean;
  /**
   * It does what only the config tells how to, or runs what may only be run as the config says. Default `false`.
   */
  needsConfig?: boolean;
  /** Milliseconds that it may take; `null`: it keeps to limits of its own. Default 10,000. */
  deadlineMs?: number | null;
  /** Throws where something is wrong that it does not look for: that becomes a finding, too. */
  run(input: CheckInput): Finding[] | Promise<Finding[]>;
}
