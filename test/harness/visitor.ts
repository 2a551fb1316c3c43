import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { openBrowser, settle, type Visit, visit, type widths } from "./browser.ts";

type Options = {
  size?: keyof typeof widths;
  /** How long their first stack may take to be ready; without it they stay at the door. */
  settleMs?: number;
};

/** The person with a browser that the tests of one file follow, in order. */
class Visitor {
  readonly product = inject("product");
  readonly email: string;
  browser!: Browser;
  #visit!: Visit;

  constructor(name: string) {
    this.email = `${name}-${Date.now()}@example.com`;
  }
  async arrive({ size = "desktop", settleMs }: Options): Promise<void> {
    this.browser = await openBrowser();
    this.#visit = await visit(this.browser, this.product, { size });
    if (settleMs !== undefined) await settle(this.page, this.email, settleMs);
  }
  get page(): Page {
    return this.#visit.page;
  }
  get context(): BrowserContext {
    return this.#visit.context;
  }
  /** What the page itself has thrown. */
  get errors(): string[] {
    return this.#visit.errors;
  }
}

/** Brings a person to the product before a file's tests. A failed test keeps a picture of their page. */
export function bringVisitor(name: string, options: Options = {}): Visitor {
  const visitor = new Visitor(name);
  beforeAll(() => visitor.arrive(options));
  afterAll(() => visitor.browser.close());
  return visitor;
}
