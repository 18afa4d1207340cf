import "../styles/forms.css";

export { BaselineForm } from "./baseline-form";
export { ThresholdForm } from "./threshold-form";
