/** `.looop/tmux.json`: the tmux server of a profile. */
export interface TmuxServer {
  /** Where it listens. Kept, since another environment would name another place. */
  socket: string;
  pid: number;
}
