/** Scripts of `sed` and `awk` that only read, change on the way and print. Each is one pass over its text. */

export const longestScript = 4_000;
const notPlain = Symbol("not plain");

/** Whether a `sed` script runs nothing (`e`), writes no file (`w`) and reads none (`r`). */
export function isPlainSed(script: string): boolean {
  if (script.length > longestScript) return false;
  try {
    new SedScript(script).read();
    return true;
  } catch (error) {
    if (error !== notPlain) throw error;
    return false;
  }
}

class SedScript {
  private at = 0;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  private get char(): string {
    return this.text[this.at] ?? "";
  }
  private run(pattern: RegExp): string {
    const from = this.at;
    while (this.at < this.text.length && pattern.test(this.char)) this.at++;
    return this.text.slice(from, this.at);
  }
  read(): void {
    for (this.run(/[\s;]/); this.at < this.text.length; this.run(/[\s;]/)) {
      this.addresses();
      const opened = this.char === "{";
      this.command();
      this.run(/[ \t]/);
      if (!opened && !/^[;\n}]?$/.test(this.char)) throw notPlain;
    }
  }
  private addresses(): void {
    if (this.address(false)) {
      this.run(/[ \t]/);
      if (this.char === ",") {
        this.at++;
        this.run(/[ \t]/);
        if (!this.address(true)) throw notPlain;
      }
    }
    this.run(/[ \t!]/);
  }
  private address(second: boolean): boolean {
    if (this.char === "/") {
      this.delimited("/");
      this.run(/[IM]/);
      return true;
    }
    if (second && /[+~]/.test(this.char)) this.at++;
    if (this.char === "$") return this.at++ >= 0;
    return this.run(/[0-9~]/) !== "";
  }
  /**
   * From one delimiter to the next; what is escaped is passed
   * over. Brackets mean nothing to how `sed` finds the end.
   */
  private delimited(by: string): void {
    for (this.at++; this.char !== by; this.at++) {
      if (this.char === "" || this.char === "\n") throw notPlain;
      if (this.char === "\\") this.at++;
    }
    this.at++;
  }
  private command(): void {
    const name = this.char;
    this.at++;
    if (/^[{}=dDhHgGxnNpPlzF]$/.test(name)) return;
    if (name === "q" || name === "Q") return void this.run(/[0-9]/);
    if (name === "b" || name === "t" || name === "T" || name === ":") {
      this.run(/[ \t]/);
      return void this.run(/[A-Za-z0-9_]/);
    }
    if (name === "a" || name === "i" || name === "c") return void this.given();
    if ((name !== "s" && name !== "y") || !/^[/|#,@%:!_~+]$/.test(this.char)) throw notPlain;
    const by = this.char;
    this.delimited(by);
    this.at--;
    this.delimited(by);
    if (name === "s") this.run(/[gpIi0-9mM]/);
  }
  /** Text to the end of the line. */
  private given(): void {
    if (this.run(/[^\n]/).includes("\\")) throw notPlain;
  }
}

/**
 * Whether an `awk` program runs nothing (`system`, pipes) and
 * writes no file (`>`). It says no to much that is harmless, too.
 */
export function isPlainAwk(program: string): boolean {
  if (program.length > longestScript || program.includes("\\\n")) return false;
  const code = program.includes("/") ? program : program.replace(/"(?:[^"\\\n]|\\[^\n])*"/g, '""');
  return !/[@`]|>(?!=)|system|getline|close|fflush/.test(code) && !code.replaceAll("||", " ").includes("|");
}
