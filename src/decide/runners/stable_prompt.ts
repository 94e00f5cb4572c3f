/** The system prompt where no file is given: it keeps a program's own, which is long, from being sent. */
export const STABLE_PROMPT = "Answer with exactly what the user asks for and nothing else.";
