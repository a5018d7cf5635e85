inputs.task_id = task.id
