/** What a request for a page asks for, read from plain words. */
export type PageAsk = { says: string; heading: string; name: string /** The words to show were given. */; quoted: boolean };

const quoted = /[“"]([^”"]{1,200})[”"]|(?:^|\s)['‘]([^'’]{1,200})['’](?=\s|[.,!?]|$)/;
const called =
  /[,;]?\s*(?:and\s+)?(?:(?:is|be|it)\s+)?(?:called|named|call it|name it)\s+[“"'`]?([A-Za-z0-9][A-Za-z0-9 _-]{1,38}?)[”"'`]?(?=$|[.,;!?]|\s(?:that|which|saying|with|and)\b)/i;
const saying =
  /\b(?:says?|saying|reads?|reading|greets? (?:people |everyone |me )?with|with the (?:text|words?|message|headline|title)|that welcomes people with)\s*:?\s+(.+)$/is;
const about = /\b(?:about|for|on)\s+(.+)$/is;

function tidy(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(
      /[,;]?\s+(?:please|and (?:push|commit|save|keep|remember)\b.*|then (?:push|commit|remember)\b.*|instead|for me|thanks?)[.!?]*$/i,
      "",
    )
    .replace(/^[“"'‘]|[”"'’]$/g, "")
    .replace(/[.,;]+$/, "")
    .trim()
    .slice(0, 200);
}
export const capital = (text: string) => (text ? text[0]!.toUpperCase() + text.slice(1) : text);

/** A legal project name: lower-case letters, digits and dashes, starting with a letter. */
export function projectName(text: string, ending = ""): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const short = plain.split("-").slice(0, 4).join("-").slice(0, 30).replace(/-$/, "");
  const name = `${short || "my"}${ending && !short.endsWith(ending.slice(1)) ? ending : ""}`;
  return /^[a-z]/.test(name) && name.length > 1 ? name : `page-${name}`;
}

export function pageAsk(text: string, earlier: string | undefined): PageAsk {
  const name = called.exec(text)?.[1];
  const rest = name ? text.replace(called, "") : text;
  const quote = quoted.exec(rest);
  const says = tidy(quote?.[1] ?? quote?.[2] ?? saying.exec(rest)?.[1] ?? "");
  const topic = tidy(about.exec(rest)?.[1] ?? "");
  const heading = says || capital(topic) || "Hello";
  return {
    says: says || (topic ? `a page about ${topic}` : "hello"),
    heading,
    quoted: says !== "",
    name: name ? projectName(name) : (earlier ?? projectName(says || topic || "hello", "-page")),
  };
}

/** Whether these words ask for a page, or to change the one that was made in this conversation. */
export function asksForPage(text: string, earlier: string | undefined): boolean {
  const thing = /\b(?:web ?page|page|web ?site|site|html)\b/i.test(text);
  if (thing && /\b(?:make|build|create|write|design|set up|put together|give|want|need|publish)\b/i.test(text)) return true;
  if (!earlier) return false;
  return (
    (thing && /\b(?:change|update|edit|let|rewrite)\b/i.test(text)) || /\b(?:make|let|have|change) it (?:to )?(?:say|read)\b/i.test(text)
  );
}
