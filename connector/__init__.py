"""The ground floor: what adapters, jobs and pages stand on."""
