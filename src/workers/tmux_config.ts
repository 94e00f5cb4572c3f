/** Configuration of a profile's tmux server; an option that an older tmux lacks is passed over. */
export const TMUX_CONFIG = `set -g remain-on-exit on
set -g default-terminal tmux-256color
set -sq extended-keys on
set -s escape-time 10
set -g history-limit 20000
set -g mouse on
set -gq allow-rename off
set -gq window-size latest
set -g update-environment ''
set -g prefix None
set -g prefix2 None
bind -n 'C-\\' switch-client -T looop
bind -T looop 'C-\\' detach-client
set -g status-left ' #{s/^looop-//:session_name} '
set -g status-left-length 66
set -g status-right 'Ctrl-\\ Ctrl-\\ leaves it running '
set -g status-right-length 40
set -g window-status-format ''
set -g window-status-current-format ''
`;
