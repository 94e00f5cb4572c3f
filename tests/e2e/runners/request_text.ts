/** Joins the text of a message's content: a plain string, or parts that have a `text`. */
export function requestText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => requestText(part?.text)).join("");
}

/** The contents of the messages of one of these roles, joined. */
export function textOfRoles(messages: unknown, ...roles: string[]): string[] {
  if (!Array.isArray(messages)) return [];
  return messages.filter((message) => roles.includes(message?.role))
    .map((message) => requestText(message.content));
}
