"use strict";
const field = document.getElementById("search"), told = document.getElementById("found");
const things = Array.from(document.querySelectorAll("details.thing"));
const folded = Array.from(document.querySelectorAll("details.many"));
const texts = new Map();
const textOf = (one) => {
  if (!texts.has(one)) texts.set(one, one.textContent.toLowerCase());
  return texts.get(one);
};
let waiting = 0;
const search = () => {
  const word = field.value.trim().toLowerCase();
  let count = 0;
  for (const one of things) {
    const hit = word === "" || textOf(one).includes(word);
    one.hidden = !hit;
    if (hit) count += 1;
  }
  for (const one of folded) {
    one.hidden = one.querySelector("details.thing:not([hidden])") === null;
    if (word !== "" && !one.hidden) one.open = true;
  }
  told.textContent = word === "" ? "" : `${count} of ${things.length}`;
};
field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
const all = (open) => { for (const one of document.querySelectorAll("details")) if (!one.hidden) one.open = open; };
document.getElementById("open").addEventListener("click", () => all(true));
document.getElementById("close").addEventListener("click", () => all(false));
let before = [];
addEventListener("beforeprint", () => {
  before = Array.from(document.querySelectorAll("details:not([open])"));
  for (const one of before) one.open = true;
});
addEventListener("afterprint", () => { for (const one of before) one.open = false; });
