/* The form for many images: a hospital leaves only its own lab units, a lab unit sets its hospital. */
const form = document.querySelector("[data-bulk-units]");
const hospital = form.elements.hospital;
const unit = form.elements.lab_unit;
const groups = [...unit.querySelectorAll("optgroup")];

function filterUnits() {
  const chosen = hospital.selectedOptions[0];
  for (const group of groups) {
    group.hidden = group.disabled = hospital.value !== "" && group.label !== chosen.label;
  }
  if (unit.selectedOptions[0]?.parentElement.disabled) unit.value = "";
}

hospital.addEventListener("change", () => {
  if (hospital.value === "") unit.value = "";
  filterUnits();
});
unit.addEventListener("change", () => {
  const group = unit.selectedOptions[0]?.closest("optgroup");
  const own = [...hospital.options].find((option) => group && option.label === group.label);
  hospital.value = own?.value ?? "";
  filterUnits();
});
filterUnits();
