# Completion of looop for bash. In ~/.bashrc: eval "$(looop completions bash)"
_looop() {
  local value _
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    if [[ $value == :file ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
      return
    fi
    COMPREPLY+=("$value")
  done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _looop looop
