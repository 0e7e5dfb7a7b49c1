// A browser without a screen: cookies by origin, redirects followed one at a time, forms sent as they stand on the page.

export interface Page {
  url: string;
  status: number;
  text: string;
  location: string | null;
}

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** value of the Cookie header for an address */
  cookies(url: string): string {
    const jar = this.#jars.get(new URL(url).origin) ?? new Map<string, string>();
    return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  setCookie(url: string, name: string, value: string): void {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar.set(name, value));
  }

  /** one request; redirects are not followed */
  async ask(url: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    const response = await fetch(url, {
      redirect: "manual",
      method: form === undefined ? "GET" : "POST",
      headers: { cookie: this.cookies(url), accept: "text/html", ...headers },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const equals = pair.indexOf("=");
      const isGone = /max-age=0|expires=thu, 01 jan 1970/i.test(line);
      if (isGone) this.#jars.get(new URL(url).origin)?.delete(pair.slice(0, equals));
      else this.setCookie(url, pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get("location");
    return {
      ...{ url, status: response.status, text: await response.text() },
      location: location === null ? null : new URL(location, url).href,
    };
  }

  /** Follows redirects until a page, or until `stop` says that this address is not to be asked. */
  async follow(
    url: string,
    stop: (url: string) => boolean = () => false,
    form?: Record<string, string>,
  ): Promise<Page> {
    let page = await this.ask(url, form);
    for (let step = 0; page.location !== null; step++) {
      if (step > 20) throw new Error(`too many redirects at ${page.url}`);
      if (stop(page.location)) return page;
      page = await this.ask(page.location);
    }
    return page;
  }

  /** Goes to `startUrl`, signs in at the provider as `login` and agrees; the page on which that ends (see `follow`). */
  async signIn(startUrl: string, login: string, stop?: (url: string) => boolean): Promise<Page> {
    let page = await this.follow(startUrl, stop);
    for (let step = 0; step < 3; step++) {
      const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1];
      const action = /action="([^"]+)"/.exec(page.text)?.[1];
      if (prompt === undefined || action === undefined) return page;
      const entered: Record<string, string> = prompt === "login" ? { prompt, login, password: "any" } : { prompt };
      page = await this.follow(new URL(action, page.url).href, stop, entered);
    }
    return page;
  }
}
