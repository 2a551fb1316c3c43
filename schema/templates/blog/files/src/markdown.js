const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** Text as HTML shows it. */
export const escape = (text) => text.replace(/[&<>"']/g, (sign) => signs[sign]);

/** Words of one line; what could run is escaped first. */
function words(text) {
  return escape(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/\*([^*]+)\*/g, "<em>$1</em>")
    .replace(/\[([^\]]+)\]\((https?:[^\s)]+|\/[^\s)]*)\)/g, '<a href="$2">$1</a>');
}
function block(text) {
  const heading = /^(#{2,4}) (.*)$/.exec(text);
  if (heading) return `<h${heading[1].length}>${words(heading[2])}</h${heading[1].length}>`;
  const lines = text.split("\n");
  if (lines.every((line) => line.startsWith("- "))) return `<ul>${lines.map((line) => `<li>${words(line.slice(2))}</li>`).join("")}</ul>`;
  return `<p>${words(lines.join(" "))}</p>`;
}
/** Markdown as HTML: paragraphs, headings, lists, links, bold, italic and code. */
export const render = (text) => text.split(/\n{2,}/).map((part) => part.trim()).filter(Boolean).map(block).join("\n");
