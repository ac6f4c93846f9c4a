// The plan editor: list products, add lines, keep each line's times in one field.
const editor = document.querySelector("[data-editor]");
const productList = document.getElementById("products");
const lineList = document.getElementById("lines");
const lineTemplate = document.getElementById("line");
const search = document.getElementById("search");

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

function showProducts(products) {
  document.getElementById("count").textContent = products.length
    ? `${products.length} products` : "No product has that name.";
  productList.replaceChildren(...products.map((product) => {
    const item = make("li", "");
    item.append(make("b", product.name), make("small", product.brand));
    for (const variant of product.variants) {
      const row = make("div", "", { class: "variant" });
      const button = make("button", "Add", {
        type: "button", "aria-label": `Add ${product.name}, ${variant.size}`,
        "data-variant": variant.id,
      });
      button.addEventListener("click", () => addLine({
        variant_id: variant.id, name: product.name, size: variant.size,
        dosage: product.dosage, units: 1,
      }));
      row.append(make("span", variant.size), make("span", `$${variant.msrp}`),
        make("small", variant.availability), button);
      item.append(row);
    }
    return item;
  }));
}

// A select keeps its first option when the product's own word is not one of its words.
function fill(field, value) {
  if (!value) return;
  if (field.tagName !== "SELECT" || [...field.options].some((o) => o.value === value))
    field.value = value;
}

function addLine({ variant_id, name, size, dosage, units, take_with, times = [] }) {
  const line = lineTemplate.content.firstElementChild.cloneNode(true);
  const field = (key) => line.querySelector(`[name="${key}"]`);
  line.querySelector("[data-name]").textContent = `${name}, ${size}`;
  field("variant_id").value = variant_id;
  field("units_to_purchase").value = units;
  for (const key of ["amount", "frequency", "format", "duration", "additional_info"])
    fill(field(key), dosage[key]);
  fill(field("take_with"), take_with);
  const boxes = [...line.querySelectorAll("[data-time]")];
  const keepTimes = () => {
    field("time_of_day").value = boxes.filter((b) => b.checked).map((b) => b.value).join(",");
  };
  for (const box of boxes) {
    box.checked = times.includes(box.value);
    box.addEventListener("change", keepTimes);
  }
  keepTimes();
  const remove = line.querySelector("[data-remove]");
  remove.setAttribute("aria-label", `Remove ${name}`);
  remove.addEventListener("click", () => { line.remove(); countLines(); search.focus(); });
  lineList.append(line);
  countLines();
  field("units_to_purchase").focus();
}

function countLines() {
  const noLine = lineList.children.length === 0;
  const isEmpty = noLine && !document.querySelector("[name=panel]:checked");
  document.getElementById("empty").hidden = !noLine;
  for (const button of document.querySelectorAll(".buttons button")) button.disabled = isEmpty;
}

let asked = 0;
search.addEventListener("input", async () => {
  const mine = ++asked;
  productList.setAttribute("aria-busy", "true");
  const url = `/editor/${editor.dataset.editor}/products?q=${encodeURIComponent(search.value)}`;
  const answer = await fetch(url);
  const found = answer.ok ? (await answer.json()).products : null;
  if (mine !== asked) return;
  if (found) showProducts(found);
  productList.removeAttribute("aria-busy");
});

for (const box of document.querySelectorAll("[name=panel]"))
  box.addEventListener("change", countLines);
showProducts(read("found"));
countLines();
for (const line of read("held-lines")) {
  const { variant, name } = line.product;
  addLine({
    variant_id: variant.id, name, size: `${variant.units} ${variant.unit_of_measure}`,
    dosage: line.dosage, units: line.units_to_purchase, take_with: line.take_with,
    times: line.dosage.time_of_day,
  });
}
