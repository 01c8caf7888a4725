// @ts-check
// A client of the Contactmomenten API without dependencies; needs Node.js 18 or newer. Its types are in
// comments, which editors and `tsc --checkJs --strict` read.
//
//   CONTACTMOMENTEN_ROOT=https://contactmomenten.example.nl/api/v1 \
//   CONTACTMOMENTEN_CLIENT_ID=portaal CONTACTMOMENTEN_SECRET=… node contactmomenten.mjs

import { createHmac } from "node:crypto";
import { pathToFileURL } from "node:url";

/**
 * What a create takes; an answer has url and more besides.
 * @typedef {object} Contactmoment
 * @property {string} bronorganisatie
 * @property {string} [kanaal]
 * @property {string} [tekst]
 * @property {string[]} [onderwerpLinks]
 * @property {"gemeente" | "klant" | ""} [initiatiefnemer]
 * @property {string} [registratiedatum]
 * @property {string} [voorkeurskanaal]
 * @property {string} [voorkeurstaal]
 * @property {string | null} [vorigContactmoment]
 * @property {string} [medewerker]
 * @property {Partial<Record<"identificatie" | "achternaam" | "voorletters" | "voorvoegselAchternaam",
 *   string>>} [medewerkerIdentificatie]
 */

/** @typedef {Record<string, any>} Json */

/** The API refused; `problem` is its document, with code, detail and invalidParams. */
export class ContactmomentenError extends Error {
  /** @param {Json} problem */
  constructor(problem) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}

/**
 * @param {string} clientId
 * @param {string} secret
 * @returns {string} a token, signed with HS256, good for an hour
 */
export function token(clientId, secret, userId = "", userRepresentation = "") {
  const part = (/** @type {object} */ content) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const claims = {
    iss: clientId,
    iat: Math.floor(Date.now() / 1000),
    client_id: clientId,
    user_id: userId,
    user_representation: userRepresentation,
  };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export class Contactmomenten {
  /**
   * @param {string} root ends in /api/v1
   * @param {() => string} sign gives a fresh token
   */
  constructor(root, sign) {
    this.root = root;
    this.sign = sign;
  }

  /** @param {Contactmoment} contactmoment @returns {Promise<Json>} */
  register(contactmoment) {
    return this.#ask("POST", `${this.root}/contactmomenten`, contactmoment);
  }

  /** @param {string} url @param {Partial<Contactmoment>} fields @returns {Promise<Json>} */
  change(url, fields) {
    return this.#ask("PATCH", url, fields);
  }

  /**
   * @param {string} contactmoment
   * @param {string} klant
   * @param {"belanghebbende" | "gesprekspartner"} rol
   * @returns {Promise<Json>}
   */
  relateKlant(contactmoment, klant, rol) {
    return this.#ask("POST", `${this.root}/klantcontactmomenten`, { contactmoment, klant, rol });
  }

  /** @param {string} contactmoment @returns {Promise<Json[]>} */
  trail(contactmoment) {
    return this.#ask("GET", `${contactmoment}/audittrail`);
  }

  /**
   * Goes through all contactmomenten that meet the filters, page by page.
   * @param {Record<string, string>} filters
   * @returns {AsyncGenerator<Json>}
   */
  async *find(filters) {
    let next = `${this.root}/contactmomenten?${new URLSearchParams(filters)}`;
    while (next) {
      const page = await this.#ask("GET", next);
      yield* page.results;
      next = page.next;
    }
  }

  /** @param {string} method @param {string} url @param {object} [content] @returns {Promise<any>} */
  async #ask(method, url, content) {
    const answer = await fetch(url, {
      method,
      headers: {
        Authorization: `Bearer ${this.sign()}`,
        ...(content && { "Content-Type": "application/json" }),
      },
      body: content && JSON.stringify(content),
      signal: AbortSignal.timeout(10_000),
    });
    const body = await answer.json();
    if (!answer.ok) throw new ContactmomentenError(body);
    return body;
  }
}

/** @param {NodeJS.ProcessEnv} environment */
async function main(environment) {
  const { CONTACTMOMENTEN_ROOT: root = "", CONTACTMOMENTEN_CLIENT_ID: id = "" } = environment;
  const { CONTACTMOMENTEN_SECRET: secret = "" } = environment;
  const sign = () => token(id, secret, "jjansen", "J. Jansen");
  const api = new Contactmomenten(root, sign);
  const medewerkerIdentificatie = { identificatie: "m1", achternaam: "Jansen" };
  const moment = await api.register({
    bronorganisatie: "000000000",
    kanaal: "telefoon",
    tekst: "Vraag over de afvalkalender.",
    medewerkerIdentificatie,
  });
  console.log("registered", moment.url);
  console.log("changed", (await api.change(moment.url, { voorkeurskanaal: "mail" })).voorkeurskanaal);
  const after = await api.register({
    bronorganisatie: "000000000",
    vorigContactmoment: moment.url,
    medewerkerIdentificatie,
  });
  console.log("follows", after.vorigContactmoment);
  let found = false;
  for await (const one of api.find({ bronorganisatie: "000000000", kanaal: "telefoon" })) {
    found ||= one.url === moment.url;
  }
  console.log("found", found);
  for (const line of await api.trail(moment.url)) {
    console.log("trail", line.actie, line.gebruikersWeergave);
  }
  try {
    await api.register({ bronorganisatie: "12345" });
  } catch (error) {
    if (!(error instanceof ContactmomentenError)) throw error;
    console.log("refused", error.problem.invalidParams[0].name);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.env);
