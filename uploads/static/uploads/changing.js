/* The form that describes one image: the hospital filters the lab units, as on the upload page. */
import { Choices } from "./choices.js";

new Choices(document.querySelector("[data-describe]"));
