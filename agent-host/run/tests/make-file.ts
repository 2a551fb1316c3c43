/** What `make` runs, by the text of a make file. Pure; what it computes itself (patterns) is not known. */

/** For each call of `make` in a line, its targets; none: the first of the file. */
export function readMakeTargets(line: string): string[][] {
  return line.split(/[\n;|&]+/).flatMap((simple) => {
    const words = simple.split(/[\s"'`]+/).filter((word) => word !== "");
    const at = words.findIndex((word) => /^[@-]{0,2}(?:\/usr\/bin\/)?(?:make|\$[({]MAKE[)}])$/.test(word));
    return at < 0 ? [] : [words.slice(at + 1).filter((word) => /^[\w./-]{1,100}$/.test(word) && !word.startsWith("-"))];
  });
}
export type Recipe = { target: string; text: string };
const mostRules = 500;
/** The recipes of these targets, and of those that they need. */
export function readRecipes(text: string, targets: readonly string[]): Recipe[] {
  const rules = new Map<string, { needs: string[]; lines: string[] }>();
  let current: { needs: string[]; lines: string[] }[] = [];
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    if (line.startsWith("\t")) {
      for (const rule of current) rule.lines.push(line.trim().replace(/^[@+-]{1,3}/, ""));
      continue;
    }
    const colon = line.indexOf(":");
    const head = line.slice(0, Math.max(0, colon));
    if (colon < 0 || line[colon + 1] === "=" || /[=#\t]/.test(head)) {
      if (line.trim() !== "" && !line.startsWith("#")) current = [];
      continue;
    }
    const [needs = "", ...inline] = line.slice(colon + 1).split(";");
    const names = head.split(" ").filter((name) => name !== "");
    current = names.slice(0, mostRules).map((name) => {
      const rule = rules.get(name) ?? { needs: [], lines: [] };
      if (rules.size < mostRules) rules.set(name, rule);
      rule.needs.push(...needs.split(/[\s|:]+/).filter((need) => need !== ""));
      rule.lines.push(...inline);
      return rule;
    });
  }
  const first = [...rules.keys()].find((name) => !name.startsWith("."));
  const waiting = targets.length > 0 ? [...targets] : first === undefined ? [] : [first];
  const seen = new Set<string>();
  for (const target of waiting) {
    if (seen.has(target)) continue;
    seen.add(target);
    waiting.push(...(rules.get(target)?.needs ?? []));
  }
  return [...seen].flatMap((target) => {
    const lines = rules.get(target)?.lines ?? [];
    return lines.length > 0 ? [{ target, text: lines.join("\n") }] : [];
  });
}
