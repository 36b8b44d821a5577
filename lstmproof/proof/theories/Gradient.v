(* The gradient theorem, for every cell: it is proved once, and no cell appears in it.

   A cell is a list of nodes in an order of computation. Sizes, the number of steps T, weights, inputs and initial
   states are arbitrary. Everything moves along a differentiable curve, with parameter e; the theorem is about e0.

   The adjoint hands to each value what every node that reads it pulls back (`arriving`), to each state what the
   step after it pulls back (`carried`), and to each weight the sum over steps. Whatever satisfies these equations
   is the exact derivative of the loss: `gradient`, the last theorem of this file.

   Reasoning: at each step <cotangents, tangents> is the same, whether it is summed over results or, by
   Nodes.node_dual, over operands (`balance`); over T steps all but the ends cancel (`telescope`). *)

From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From LstmProof Require Import Functions Sums Nodes.
Import ListNotations.
Open Scope R_scope.

(* ---- Who reads what ---- *)

Definition occurrences (nodes : list node) : list (node * nat) :=
  flat_map (fun nd => map (fun j => (nd, j)) (seq 0 (arity nd))) nodes.

Definition read_at (u : node * nat) : operand := operand_at (fst u) (snd u).

Definition reads (kd : kind) (n : nat) (u : node * nat) : bool :=
  same_kind (source (read_at u)) kd && Nat.eqb (name (read_at u)) n.

Definition uses (nodes : list node) (kd : kind) (n : nat) : list (node * nat) :=
  filter (reads kd n) (occurrences nodes).

Lemma sum_list_filter {A} (b : A -> bool) l f :
  sum_list (filter b l) f = sum_list l (fun x => if b x then f x else 0).
Proof. induction l as [|a l IH]; simpl; [easy|]. destruct (b a); simpl; rewrite IH; ring. Qed.

Lemma sum_list_seq n f : sum_list (seq 0 n) f = sum_over n f.
Proof. induction n; [easy|]. rewrite seq_S, sum_list_app, IHn. simpl. ring. Qed.

Lemma sum_list_occurrences nodes (f : node * nat -> R) :
  sum_list (occurrences nodes) f = sum_list nodes (fun nd => sum_over (arity nd) (fun j => f (nd, j))).
Proof.
  unfold occurrences. induction nodes as [|nd l IH]; [easy|].
  simpl. now rewrite sum_list_app, IH, sum_list_map, sum_list_seq.
Qed.

Lemma occurrences_In nodes nd j : In (nd, j) (occurrences nodes) -> In nd nodes /\ (j < arity nd)%nat.
Proof.
  unfold occurrences. rewrite in_flat_map. intros (x & I & M). apply in_map_iff in M as (i & E & Hi).
  injection E as <- <-. apply in_seq in Hi. split; [easy|lia].
Qed.

(* ---- The order of computation: every operand is known before it is read ---- *)

Definition known_operand (weights states known : list nat) (r : operand) : bool :=
  match source r with
  | Weight => member (name r) weights
  | Now => member (name r) known
  | Before => member (name r) states
  end.

Fixpoint in_order (weights states known : list nat) (nodes : list node) : bool :=
  match nodes with
  | [] => true
  | nd :: l => forallb (known_operand weights states known) (operands nd) && in_order weights states (out nd :: known) l
  end.

Section Cell.
(* `inputs` and `held` are values that a step is given; `held` ones do not move (constants, recorded values).
   `states` are read one step later, `observed` values enter the loss. *)
Variables (nodes : list node) (inputs held states observed weights : list nat) (psh sh : shapes) (T : nat).

Definition results : list nat := map out nodes.
Definition moving : list nat := results ++ inputs.
Definition values : list nat := moving ++ held.

Definition well_ordered : bool :=
  in_order weights states (inputs ++ held) nodes && distinct values && distinct weights && distinct states &&
  distinct observed && forallb (fun n => member n moving) states && forallb (fun n => member n moving) observed.

Hypothesis nodes_well_formed : forall nd, In nd nodes -> well_formed psh sh nd.
Hypothesis cell_well_ordered : well_ordered = true.

(* ---- A run of the cell that moves with e ---- *)

(* Weights p, values v by step (step 0 has the initial states), and their velocities at e0. *)
Variables (p : R -> store) (v : R -> nat -> store) (p' : store) (v' : nat -> store) (e0 : R).

Hypothesis weights_move : forall n, In n weights -> forall k, in_box (psh n) k -> is_derive (fun e => p e n k) e0 (p' n k).
Hypothesis initial_move : forall n, In n states -> forall k, in_box (sh n) k -> is_derive (fun e => v e O n k) e0 (v' O n k).
Hypothesis inputs_move : forall n, In n inputs -> forall t k, (t < T)%nat -> in_box (sh n) k ->
  is_derive (fun e => v e (S t) n k) e0 (v' (S t) n k).
Hypothesis held_rest : forall n, In n held -> forall t k, (t < T)%nat -> in_box (sh n) k ->
  is_derive (fun e => v e (S t) n k) e0 0.
Hypothesis forward : forall nd, In nd nodes -> forall e t k, (t < T)%nat -> in_box (sh (out nd)) k ->
  v e (S t) (out nd) k = value nd (p e) (v e (S t)) (v e t) k.
Hypothesis defined : forall nd, In nd nodes -> forall t, (t < T)%nat -> well_defined nd (p e0) (v e0 (S t)) (v e0 t).

(* ---- The backward equations ---- *)

(* seed: cotangents of the observed values; bar: of every value; carried: handed from a step to the one before;
   total: of the weights. *)
Variables (seed bar carried : nat -> store) (total : store).

Definition arriving (kd : kind) (n t : nat) (k : index) : R :=
  sum_list (uses nodes kd n) (fun u =>
    pulled_back (fst u) (p e0) (v e0 (S t)) (v e0 t) (bar (S t) (out (fst u))) (snd u) k).

Hypothesis backward_end : forall n, In n states -> forall k, in_box (sh n) k -> carried T n k = 0.
Hypothesis backward_values : forall n, In n moving -> forall t k, (t < T)%nat -> in_box (sh n) k ->
  bar (S t) n k = (if member n observed then seed (S t) n k else 0) + arriving Now n t k
    + (if member n states then carried (S t) n k else 0).
Hypothesis backward_states : forall n, In n states -> forall t k, (t < T)%nat -> in_box (sh n) k ->
  carried t n k = arriving Before n t k.
Hypothesis backward_weights : forall n, In n weights -> forall k, in_box (psh n) k ->
  total n k = sum_over T (fun t => arriving Weight n t k).

(* ---- What the loss is, and what the adjoint says of it ---- *)

Definition loss (e : R) : R :=
  sum_over T (fun t => sum_list observed (fun n => inner (sh n) (seed (S t) n) (v e (S t) n))).

Definition adjoint_says : R :=
  sum_list weights (fun n => inner (psh n) (total n) (p' n)) +
  sum_list states (fun n => inner (sh n) (carried O n) (v' O n)) +
  sum_over T (fun t => sum_list inputs (fun n => inner (sh n) (bar (S t) n) (v' (S t) n))).

(* ---- What computes ---- *)

Lemma ordered : in_order weights states (inputs ++ held) nodes = true.
Proof. unfold well_ordered in cell_well_ordered. now repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]). Qed.

Lemma values_distinct : NoDup values.
Proof. unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]). now apply distinct_NoDup. Qed.

Lemma weights_distinct : NoDup weights.
Proof. unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]). now apply distinct_NoDup. Qed.

Lemma states_distinct : NoDup states.
Proof. unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]). now apply distinct_NoDup. Qed.

Lemma observed_distinct : NoDup observed.
Proof. unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]). now apply distinct_NoDup. Qed.

Lemma states_move_too n : In n states -> In n moving.
Proof.
  unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]).
  intros I. rewrite forallb_forall in H0. now apply member_In, H0.
Qed.

Lemma observed_move_too n : In n observed -> In n moving.
Proof.
  unfold well_ordered in cell_well_ordered. repeat (apply andb_prop in cell_well_ordered as [cell_well_ordered ?]).
  intros I. rewrite forallb_forall in H. now apply member_In, H.
Qed.

Lemma moving_distinct : NoDup moving.
Proof.
  pose proof values_distinct as N. unfold values in N. revert N. generalize moving as l.
  induction l as [|a l IH]; intros N; [constructor|]. inversion N; subst. constructor; [|now apply IH].
  intros I. apply H1, in_or_app. now left.
Qed.

Lemma operand_known nd r : In nd nodes -> In r (operands nd) ->
  match source r with
  | Weight => In (name r) weights | Now => In (name r) values | Before => In (name r) states
  end.
Proof.
  enough (G : forall nds known, (forall n, In n known -> In n values) -> (forall x, In x nds -> In x nodes) ->
      in_order weights states known nds = true -> forall nd r, In nd nds -> In r (operands nd) ->
      match source r with
      | Weight => In (name r) weights | Now => In (name r) values | Before => In (name r) states
      end).
  { apply (G nodes (inputs ++ held)); [|easy|exact ordered].
    intros n Hn. unfold values, moving. rewrite !in_app_iff in *. tauto. }
  induction nds as [|x l IH]; intros known K Sub E d s I Hs; [easy|].
  simpl in E. apply andb_prop in E as [Ex El]. destruct I as [->|I].
  - rewrite forallb_forall in Ex. specialize (Ex s Hs). unfold known_operand in Ex.
    destruct (source s); apply member_In in Ex; [easy|now apply K|easy].
  - apply (IH (out x :: known)) with (nd := d); [|intros; apply Sub; now right|easy|easy|easy].
    intros n [<-|Hn]; [|now apply K]. unfold values, moving. rewrite !in_app_iff. left; left.
    apply in_map, Sub. now left.
Qed.

(* ---- Every value is differentiable, and moves as the tangent of its node says ---- *)

Let velocity (t : nat) : store := fun n k => Derive (fun e => v e t n k) e0.

Lemma step_moves t : (t < T)%nat ->
  (forall n k, In n states -> in_box (sh n) k -> is_derive (fun e => v e t n k) e0 (velocity t n k)) ->
  (forall n k, In n values -> in_box (sh n) k -> is_derive (fun e => v e (S t) n k) e0 (velocity (S t) n k)) /\
  (forall nd k, In nd nodes -> in_box (sh (out nd)) k ->
    velocity (S t) (out nd) k = tangent nd (p e0) (v e0 (S t)) (v e0 t) p' (velocity (S t)) (velocity t) k).
Proof.
  intros Ht Past.
  assert (G : forall nds known, (forall nd, In nd nds -> In nd nodes) -> in_order weights states known nds = true ->
    (forall n k, In n known -> in_box (sh n) k -> is_derive (fun e => v e (S t) n k) e0 (velocity (S t) n k)) ->
    (forall n k, In n (known ++ map out nds) -> in_box (sh n) k ->
      is_derive (fun e => v e (S t) n k) e0 (velocity (S t) n k)) /\
    (forall nd k, In nd nds -> in_box (sh (out nd)) k ->
      velocity (S t) (out nd) k = tangent nd (p e0) (v e0 (S t)) (v e0 t) p' (velocity (S t)) (velocity t) k)).
  { induction nds as [|nd l IH]; intros known Sub E Dk.
    - split; [|easy]. intros n k Hn. rewrite app_nil_r in Hn. now apply Dk.
    - assert (I : In nd nodes) by (apply Sub; now left). pose proof E as E'. simpl in E'.
      apply andb_prop in E' as [A B].
      assert (D : forall k, in_box (sh (out nd)) k -> is_derive (fun e => v e (S t) (out nd) k) e0
        (tangent nd (p e0) (v e0 (S t)) (v e0 t) p' (velocity (S t)) (velocity t) k)).
      { intros k Hk. apply (is_derive_ext (fun e => value nd (p e) (v e (S t)) (v e t) k));
          [intros e; symmetry; now apply forward|].
        apply (value_derive psh sh nd (nodes_well_formed nd I) p (fun e => v e (S t)) (fun e => v e t)
          p' (velocity (S t)) (velocity t) e0 (defined nd I t Ht)); [|easy].
        intros j i Hj Hi. assert (Ir : In (operand_at nd j) (operands nd)) by now apply nth_In.
        rewrite forallb_forall in A. specialize (A _ Ir). unfold known_operand in A. unfold look, shape_of in *.
        destruct (source (operand_at nd j)); apply member_In in A;
          [now apply weights_move|now apply Dk|now apply Past]. }
      assert (V : forall k, in_box (sh (out nd)) k -> velocity (S t) (out nd) k =
        tangent nd (p e0) (v e0 (S t)) (v e0 t) p' (velocity (S t)) (velocity t) k)
        by (intros k Hk; now apply is_derive_unique, D).
      destruct (IH (out nd :: known)) as [X Y]; [intros y Hy; apply Sub; now right|exact B| |].
      + intros n k [<-|Hn] Hk; [rewrite V by easy; now apply D|now apply Dk].
      + split.
        * intros n k Hn Hk. apply X; [|easy]. simpl in *. rewrite in_app_iff in *. simpl in Hn. tauto.
        * intros m k [<-|Hm] Hk; [now apply V|now apply Y]. }
  destruct (G nodes (inputs ++ held) (fun _ H => H) ordered) as [X Y].
  - intros n k Hn Hk. apply Derive_correct. apply in_app_or in Hn as [Hn|Hn].
    + exists (v' (S t) n k). now apply inputs_move.
    + exists 0. now apply held_rest.
  - split; [|exact Y]. intros n k Hn. apply X. unfold values, moving in Hn. rewrite !in_app_iff in *.
    unfold results in Hn. tauto.
Qed.

Lemma states_move t : (t <= T)%nat -> forall n k, In n states -> in_box (sh n) k ->
  is_derive (fun e => v e t n k) e0 (velocity t n k).
Proof.
  induction t; intros Ht n k Hn Hk.
  - apply Derive_correct. exists (v' O n k). now apply initial_move.
  - apply step_moves; [lia|apply IHt; lia| |easy]. apply in_or_app. left. now apply states_move_too.
Qed.

Lemma all_move t : (t < T)%nat -> forall n k, In n values -> in_box (sh n) k ->
  is_derive (fun e => v e (S t) n k) e0 (velocity (S t) n k).
Proof. intros Ht. apply step_moves; [easy|]. apply states_move. lia. Qed.

(* ---- Bookkeeping: <what arrives, velocity>, summed over names, is a sum over all places where operands are read ---- *)

Let shape_by (kd : kind) : shapes := match kd with Weight => psh | _ => sh end.
Let velocity_by (kd : kind) (t : nat) : store :=
  match kd with Weight => p' | Now => velocity (S t) | Before => velocity t end.
Let pairing_at (t : nat) (u : node * nat) : R :=
  inner (shape_of psh sh (read_at u))
    (pulled_back (fst u) (p e0) (v e0 (S t)) (v e0 t) (bar (S t) (out (fst u))) (snd u))
    (look p' (velocity (S t)) (velocity t) (read_at u)).
Let part (kd : kind) (t : nat) : R :=
  sum_list (occurrences nodes) (fun u => if same_kind (source (read_at u)) kd then pairing_at t u else 0).

Lemma collect kd t l : NoDup l ->
  (forall nd r, In nd nodes -> In r (operands nd) -> source r = kd -> In (name r) l) ->
  sum_list l (fun n => inner (shape_by kd n) (arriving kd n t) (velocity_by kd t n)) = part kd t.
Proof.
  intros N C. unfold part.
  rewrite (sum_list_ext l _ (fun n => sum_list (occurrences nodes) (fun u => if Nat.eqb (name (read_at u)) n
    then (if same_kind (source (read_at u)) kd then pairing_at t u else 0) else 0))).
  - rewrite sum_list_swap. apply sum_list_ext. intros [nd j] Hu. apply occurrences_In in Hu as [Ind Hj].
    destruct (same_kind (source (read_at (nd, j))) kd) eqn:E.
    + apply sum_list_pick; [easy|]. apply (C nd); [easy|now apply nth_In|now apply same_kind_eq].
    + apply sum_list_vanishes. intros n _. now destruct (Nat.eqb _ _).
  - intros n _. unfold arriving. rewrite inner_sum_list. unfold uses. rewrite sum_list_filter. apply sum_list_ext.
    intros u _. unfold reads, pairing_at.
    destruct (same_kind (source (read_at u)) kd) eqn:E; destruct (Nat.eqb_spec (name (read_at u)) n) as [En|En]; try easy.
    apply same_kind_eq in E. unfold shape_of, look, shape_by, velocity_by. rewrite E, En. now destruct kd.
Qed.

Lemma results_parts t : (t < T)%nat ->
  sum_list results (fun n => inner (sh n) (bar (S t) n) (velocity (S t) n)) = part Weight t + part Now t + part Before t.
Proof.
  intros Ht. destruct (step_moves t Ht (states_move t (Nat.lt_le_incl _ _ Ht))) as [_ Y].
  unfold part, results. rewrite sum_list_map, !sum_list_occurrences, <- !sum_list_plus. apply sum_list_ext. intros nd Hnd.
  rewrite (inner_ext _ _ _ (bar (S t) (out nd))
    (tangent nd (p e0) (v e0 (S t)) (v e0 t) p' (velocity (S t)) (velocity t))) by (intros; now rewrite Y).
  rewrite (node_dual psh sh nd (nodes_well_formed nd Hnd)), <- !sum_over_plus. apply sum_over_ext. intros j _.
  unfold pairing_at, read_at. cbn [fst snd]. destruct (source (operand_at nd j)); cbn [same_kind]; ring.
Qed.

Let seeded (t : nat) : R := sum_list observed (fun n => inner (sh n) (seed t n) (velocity t n)).
Let given (t : nat) : R := sum_list inputs (fun n => inner (sh n) (bar t n) (v' t n)).
Let handed (t : nat) : R := sum_list states (fun n => inner (sh n) (carried t n) (velocity t n)).

Lemma handed_back t : (t < T)%nat -> handed t = part Before t.
Proof.
  intros Ht. unfold handed. rewrite <- (collect Before t states states_distinct).
  - apply sum_list_ext. intros n Hn. simpl. apply inner_ext. intros k Hk. now rewrite backward_states.
  - intros nd r I Hr E. pose proof (operand_known nd r I Hr) as K. now rewrite E in K.
Qed.

Lemma read_now t : (t < T)%nat ->
  sum_list moving (fun n => inner (sh n) (arriving Now n t) (velocity (S t) n)) = part Now t.
Proof.
  intros Ht. rewrite <- (collect Now t values values_distinct).
  - unfold values. rewrite sum_list_app. simpl.
    rewrite (sum_list_vanishes held); [ring|]. intros n Hn. apply inner_zero_right. intros k Hk.
    unfold velocity. now apply is_derive_unique, held_rest.
  - intros nd r I Hr E. pose proof (operand_known nd r I Hr) as K. now rewrite E in K.
Qed.

Lemma balance t : (t < T)%nat -> given (S t) + part Weight t + handed t = seeded (S t) + handed (S t).
Proof.
  intros Ht.
  assert (A : sum_list moving (fun n => inner (sh n) (bar (S t) n) (velocity (S t) n))
    = seeded (S t) + part Now t + handed (S t)).
  { rewrite <- (read_now t Ht). unfold seeded, handed.
    rewrite <- (sum_list_members moving observed _ moving_distinct observed_distinct observed_move_too).
    rewrite <- (sum_list_members moving states _ moving_distinct states_distinct states_move_too).
    rewrite <- !sum_list_plus. apply sum_list_ext. intros n Hn.
    rewrite (inner_ext _ _ _ (fun k => (if member n observed then seed (S t) n k else 0) + arriving Now n t k
      + (if member n states then carried (S t) n k else 0)) (velocity (S t) n))
      by (intros k Hk; now rewrite backward_values).
    rewrite !inner_plus. change (fun k => arriving Now n t k) with (arriving Now n t).
    assert (Pick : forall (b : bool) a, inner (sh n) (fun k => if b then a k else 0) (velocity (S t) n)
      = if b then inner (sh n) a (velocity (S t) n) else 0) by (intros [] a; [easy|now apply inner_zero_left]).
    rewrite !Pick. ring. }
  assert (B : sum_list moving (fun n => inner (sh n) (bar (S t) n) (velocity (S t) n))
    = part Weight t + part Now t + part Before t + given (S t)).
  { unfold moving. rewrite sum_list_app, results_parts by easy. f_equal. unfold given. apply sum_list_ext. intros n Hn.
    apply inner_ext. intros k Hk. f_equal. apply is_derive_unique. now apply inputs_move. }
  pose proof (handed_back t Ht). lra.
Qed.

Lemma telescope m : (m <= T)%nat ->
  sum_over m (fun t => seeded (S t)) + handed m = handed O + sum_over m (fun t => given (S t)) + sum_over m (part Weight).
Proof.
  induction m; intros Hm; [simpl; ring|]. cbn [sum_over].
  assert (L : (m < T)%nat) by lia. pose proof (balance m L). assert (M : (m <= T)%nat) by lia. specialize (IHm M). lra.
Qed.

Lemma weights_collected : sum_list weights (fun n => inner (psh n) (total n) (p' n)) = sum_over T (part Weight).
Proof.
  rewrite (sum_over_ext T (part Weight) (fun t => sum_list weights (fun n => inner (psh n) (arriving Weight n t) (p' n)))).
  - rewrite <- sum_list_over. apply sum_list_ext. intros n Hn. rewrite <- inner_sum_over.
    apply inner_ext. intros k Hk. now rewrite backward_weights.
  - intros t _. symmetry. apply (collect Weight t weights weights_distinct).
    intros nd r I Hr E. pose proof (operand_known nd r I Hr) as K. now rewrite E in K.
Qed.

Theorem gradient : is_derive loss e0 adjoint_says.
Proof.
  eapply is_derive_eq.
  - apply (is_derive_sum_over T (fun e t => sum_list observed (fun n => inner (sh n) (seed (S t) n) (v e (S t) n))) e0
      (fun t => seeded (S t))). intros t Ht.
    apply (is_derive_sum_list observed (fun e n => inner (sh n) (seed (S t) n) (v e (S t) n)) e0
      (fun n => inner (sh n) (seed (S t) n) (velocity (S t) n))). intros n Hn.
    apply (is_derive_sum_box (sh n) (fun e k => seed (S t) n k * v e (S t) n k) e0
      (fun k => seed (S t) n k * velocity (S t) n k)). intros k Hk.
    apply is_derive_scaled. apply all_move; [easy| |easy]. apply in_or_app. left. now apply observed_move_too.
  - unfold adjoint_says. rewrite weights_collected. pose proof (telescope T (Nat.le_refl T)) as E.
    assert (Z : handed T = 0).
    { apply sum_list_vanishes. intros n Hn. apply inner_zero_left. intros k Hk. now apply backward_end. }
    assert (I : handed O = sum_list states (fun n => inner (sh n) (carried O n) (v' O n))).
    { apply sum_list_ext. intros n Hn. apply inner_ext. intros k Hk. f_equal. apply is_derive_unique. now apply initial_move. }
    unfold given in E. lra.
Qed.
End Cell.

(* ---- For generated instances: the theorem's hypotheses, as equations between plain expressions ---- *)

Ltac one_by_one write_out :=
  match goal with |- forall x, In x ?l -> @?P x =>
    refine (each_In P l _); let claim := fresh in set (claim := P);
    write_out; cbv beta iota zeta delta [each results moving map app out];
    repeat match goal with |- _ /\ _ => split | |- True => exact I end; cbv beta delta [claim]; clear claim
  end.

(* Computes with nodes, names and masks; numbers, sums and values of the run stay as they are. *)
Ltac compute_nodes := cbv beta iota zeta delta [
  loss adjoint_says inner arriving uses occurrences read_at reads
  value arguments look operand_at arity pulled_back eval partial smooth add sub neg mul div
  out sizes kept operands body source name axes same_kind
  value_of slope_of smooth_at sigmoid_row tanh_row exp_row log_row sqrt_row abs_row sin_row cos_row relu_row
  softplus_row hard_sigmoid_row power_row Z.of_nat Pos.of_succ_nat Pos.succ
  sum_box select others merge member sum_list entry at_positions
  nth length map filter flat_map app seq fst snd hd tl existsb negb andb orb Nat.eqb Nat.pred].
