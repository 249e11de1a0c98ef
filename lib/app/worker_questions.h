// The questions of the admin API to the workers, and their answers put together.
//
// Each worker answers on its own thread, between two turns (app/worker_door.h); one that is stuck
// holds up nobody but who asks, for a second. Owned by App; control thread only.
#pragma once

#include "admin/worker_answers.h"
#include "app/acceptor.h"
#include "discovery/controller.h"

namespace ringside::app {

// `workers` and `controller` outlive whoever asks.
admin::WorkerQuestions worker_questions(const WorkerThreads& workers,
                                        const discovery::Controller& controller);

}  // namespace ringside::app
