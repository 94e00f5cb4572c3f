import type { Move } from "../../src/model/move.ts";
import type { TickResult } from "../../src/model/tick_result.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Scene, SceneOptions } from "./scene.ts";

/** A kind of tick that is killed, and what has to come of it in the end. */
export interface Kind {
  name: string;
  options?: SceneOptions;
  /** What the runner says: a move, or an answer that is none. */
  says: Move | string;
  /** What an undisturbed tick comes to. Default: `moved`. */
  outcome?: TickResult["outcome"];
  /** How often a tick calls the runner. Default: once. */
  calls?: number;
  /** Files that are there before: path in the data dir → content. */
  files?: Record<string, string>;
  /** The move has been asked for, and a person said yes: the tick makes it. */
  approved?: boolean;
  /** Readies each copy of the scene, for what cannot be copied. */
  ready?(scene: Scene, profile: Profile): Promise<void>;
  /** What may run on after it: command lines. Default: nothing. */
  leaves?: RegExp;
  /** What the journal says in the end, without the date; the one line that the tick adds. */
  journal: RegExp | null;
  /** Fails where the move is not made exactly once; `line` is the journal's. */
  effect(scene: Scene, profile: Profile, line: string): Promise<void>;
}

/** The journal text of every move that is to be found again. */
export const JOURNAL = "did it";
