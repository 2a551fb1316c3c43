const names = /\b\w*(?:Error|Exception|Failure)\b[^:]*: \S|^(?:error|fatal|panic|FAIL(?:ED)?)\b:? \S|^E {2,}\S|^not ok\b/i;

/** The line of a command's output that says most about why it failed: the first that names an error, else the last with a word in it. */
export function tellingLine(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(/^\s*[>✖✗×-]?\s*/, "").trim());
  const named = lines.find((line) => names.test(line));
  const line = named ?? lines.findLast((one) => /\p{L}/u.test(one)) ?? "";
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
