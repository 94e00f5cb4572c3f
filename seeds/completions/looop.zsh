#compdef looop
# Completion of looop for zsh. In ~/.zshrc, after compinit: eval "$(looop completions zsh)"
_looop() {
  local line
  local -a found
  for line in "${(@f)$("${(Q)words[1]}" complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :file* ]]; then
      _files
      return
    fi
    [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  _describe -V looop found
}
if [[ ${funcstack[1]} == _looop ]]; then _looop; else compdef _looop looop; fi
