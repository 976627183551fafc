import { STATUS_BAD_ARGUMENT, STATUS_INTERNAL_FAILURE, STATUS_OK } from "../../abi/constants";
import { accepted, Fault, Faults } from "../faults";

describe("Faults", () => {
  beforeEach(() => {
    Faults.clear();
  });

  it("remember the host call that was refused last", () => {
    expect(accepted("define_metric", STATUS_OK)).toBe(true);
    expect(Faults.status).toBe(STATUS_OK);
    expect(accepted("define_metric", STATUS_BAD_ARGUMENT)).toBe(false);
    expect(accepted("http_call", STATUS_INTERNAL_FAILURE)).toBe(false);
    expect(accepted("record_metric", STATUS_OK)).toBe(true);
    expect(Faults.call).toBe("http_call");
    expect(Faults.status).toBe(STATUS_INTERNAL_FAILURE);
    expect(Faults.pending).toBe(0);
  });

  it("keep to the first report, and to what was refused before it", () => {
    accepted("define_metric", STATUS_BAD_ARGUMENT);
    Faults.report(Fault.hostCall, "first");
    accepted("http_call", STATUS_INTERNAL_FAILURE);
    Faults.report(Fault.filterFault, "second");
    expect(Faults.call).toBe("define_metric");
    expect(Faults.detail).toBe("first");
    expect(Faults.first).toBe(Fault.hostCall);
    expect(Faults.pending).toBe((1 << (<i32>Fault.hostCall)) | (1 << (<i32>Fault.filterFault)));
  });

  it("are told once to a chain, with the link that had them first", () => {
    expect(Faults.contain("a")).toBe(false);
    Faults.report(Fault.filterFault, "x");
    expect(Faults.contain("b")).toBe(true);
    expect(Faults.contain("b")).toBe(false);
    Faults.report(Fault.filterFault, "y");
    expect(Faults.contain("c")).toBe(true);
    expect(Faults.link).toBe("b");
    expect(Faults.areContained).toBe(true);
  });
});
