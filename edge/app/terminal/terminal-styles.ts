import sheetText from "@xterm/xterm/css/xterm.css?inline";

/**
 * The terminal writes its colours and sizes into `<style>` elements and `style` attributes, which the page's
 * policy refuses. Here each of them becomes a sheet of its own, or a property: what scripts may set.
 */
function adopt(): { sheet: CSSStyleSheet; drop: () => void } {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  return {
    sheet,
    drop: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    },
  };
}

/** Stands where a style element would: its text is a sheet. */
function standIn(create: Document["createElement"]): HTMLElement {
  const { sheet, drop } = adopt();
  const element = create.call(document, "span");
  element.hidden = true;
  Object.defineProperty(element, "textContent", { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    drop();
    Element.prototype.remove.call(element);
  };
  return element;
}
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

const { createElement } = Document.prototype;
function createAllowed(tag: string, options?: ElementCreationOptions): HTMLElement {
  if (tag === "style") return standIn(createElement);
  const element = createElement.call(document, tag, options);
  element.setAttribute = setAttribute;
  return element;
}
let users = 0;
let base: ReturnType<typeof adopt> | undefined;
/**
 * The terminal's own sheet, while one is shown. So long the page's document makes elements that the policy
 * allows: the terminal's rows are made by it, whatever document the terminal is given. Answers how to take it
 * away.
 */
export function adoptBaseSheet(): () => void {
  users += 1;
  document.createElement = createAllowed as Document["createElement"];
  if (!base) {
    base = adopt();
    base.sheet.replaceSync(sheetText);
  }
  return () => {
    users -= 1;
    if (users > 0) return;
    Reflect.deleteProperty(document, "createElement");
    base?.drop();
    base = undefined;
  };
}
